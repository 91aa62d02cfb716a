"""An organization's colour and logo, for the pages of every door. Anybody may read them."""
