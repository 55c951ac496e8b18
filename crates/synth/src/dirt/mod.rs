//! Dirt: what is wrong with deliveries, how often, and how it gets in.

mod address;
mod cell;
mod code;
mod date;
mod faults;
mod name;
mod number;
mod phone;
mod soil;

pub(crate) use faults::{COUNT, Fault, Rates};
pub use faults::{Dirt, FaultRate, fault_rates};
pub(crate) use soil::Soil;
