//! Tests of the whole program from outside: a real terminal, a real browser, real HTTP requests, the
//! Firestore emulator and a portal with faults on demand.
//!
//! A test whose tool is missing prints `SKIPPED` and passes, unless `KIOSK_TEST_REQUIRE_ALL=1`.
//! `scripts/test` installs the tools and starts the emulator.

mod console;
mod corrections;
mod day_offline;
mod delivery;
mod demo;
mod deployment;
mod drain;
mod edges;
mod endurance;
mod faults;
mod harness;
mod hostile;
mod keypad;
mod kills;
mod lecture;
mod office;
mod other_kiosks;
mod out_of_order;
mod overlap;
mod phones;
mod pins;
mod power_cut;
mod support;
mod term;
mod thumbs;
mod upgrade;
mod wrong_clock;
