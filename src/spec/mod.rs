//! The TOML files as plain types with spans: mapping, platform, workspace, lock. Nothing but shape: what a name means is
//! found in `mapping`.

pub mod language;
pub mod lock;
pub mod mapping;
pub mod notify;
pub mod platform;
pub mod schema;
pub mod secret;
pub mod units;
pub mod walk;
pub mod workspace;
