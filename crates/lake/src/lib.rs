//! Delta tables, releases and the ledger of deliveries
