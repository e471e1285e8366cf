//! The outside as most embedders grant it: requests over the network under a policy, and mail.
//!
//! Both wait in threads of their own, so that a slow server holds up nobody else.

mod mail;
mod policy;
mod web;

pub use mail::SmtpMailer;
pub use policy::NetworkPolicy;
pub use web::WebClient;
