//! The same against Google's emulator, where `KIOSK_TEST_FIRESTORE=host:port` names one.
