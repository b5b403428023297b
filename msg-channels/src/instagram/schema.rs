//! The types of the Send API, which Instagram has from Messenger: they stand in the core of Meta's channels
//! (`graph::inbox::schema`), and Instagram adds none.
