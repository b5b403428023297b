//! A store per kind of record.
