"""The pages, by what a guest is about: arriving, buying, connecting."""
