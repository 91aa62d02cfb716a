"""What providers send us: /callbacks/<gateway>/<token>/."""
