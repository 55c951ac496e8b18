//! A run: plan, standardise, resolve, fuse, publish
