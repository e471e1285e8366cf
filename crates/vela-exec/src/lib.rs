//! vela-exec
