//! Vela as a library.
