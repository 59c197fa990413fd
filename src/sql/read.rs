//! Cell text → typed value, by locale.
