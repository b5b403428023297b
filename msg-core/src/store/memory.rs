//! The store in memory: the reference model that every other engine is compared with.
