//! Beijing wall time from an instant.

/// Daylight-saving time in force, seconds since 1970 UTC (IANA time zone database, `PRC`).
const SUMMERS: [(i64, i64); 6] = [
    (515_527_200, 527_014_800),
    (545_162_400, 558_464_400),
    (577_216_800, 589_914_000),
    (608_666_400, 621_968_400),
    (640_116_000, 653_418_000),
    (671_565_600, 684_867_600),
];

const HOUR: i64 = 3_600_000_000;

/// What clocks in Beijing show at an instant, both in microseconds since 1970: eight hours ahead
/// of UTC, nine in the summers of 1986 to 1991, without which a birth date that a program sent as
/// an instant falls on the day before.
pub(super) fn wall_time(utc: i64) -> i64 {
    let seconds = utc.div_euclid(1_000_000);
    let summer = SUMMERS
        .iter()
        .any(|(start, end)| (*start..*end).contains(&seconds));
    utc.saturating_add(if summer { 9 * HOUR } else { 8 * HOUR })
}
