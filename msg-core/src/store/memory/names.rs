//! Numbers for names, so that keys of other maps are small.

use crate::id::TenantId;
use std::collections::HashMap;

/// The number of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TenantNo(u32);

impl TenantNo {
    /// A number that no tenant has.
    pub(super) const NOBODY: Self = Self(u32::MAX);
}

#[derive(Debug, Default)]
pub(super) struct Tenants {
    numbers: HashMap<TenantId, TenantNo>,
    names: Vec<TenantId>,
}

impl Tenants {
    /// The number of a tenant, new if it was never seen.
    pub(super) fn number(&mut self, tenant: &TenantId) -> TenantNo {
        if let Some(number) = self.numbers.get(tenant) {
            return *number;
        }
        let number = TenantNo(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.numbers.insert(tenant.clone(), number);
        self.names.push(tenant.clone());
        number
    }

    /// The number of a tenant that was seen.
    pub(super) fn known(&self, tenant: &TenantId) -> Option<TenantNo> {
        self.numbers.get(tenant).copied()
    }

    /// The tenant with this number.
    pub(super) fn name(&self, number: TenantNo) -> Option<TenantId> {
        self.names.get(usize::try_from(number.0).ok()?).cloned()
    }
}
