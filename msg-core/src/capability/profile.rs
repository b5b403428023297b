//! What each medium can carry by itself: the first of the five layers.
