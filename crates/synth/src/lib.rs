//! A synthetic city, dirty on purpose, with the truth beside it
