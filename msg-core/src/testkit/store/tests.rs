use super::*;
use crate::store::MemoryStore;
use async_trait::async_trait;

mod memory {
    crate::store_conformance!(|| std::sync::Arc::new(crate::store::MemoryStore::new()));
}

mod memory_reopened {
    crate::reopen_conformance!(|| super::Restarted::default());
}

/// A store in memory whose process ends and begins again.
#[derive(Debug, Default)]
struct Restarted(Arc<MemoryStore>);

#[async_trait]
impl Reopen for Restarted {
    async fn open(&self) -> Arc<dyn Store> {
        self.0.restart();
        Arc::<MemoryStore>::clone(&self.0)
    }
}
