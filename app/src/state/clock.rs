//! Points in time as people read them: calendar arithmetic and wording, in UTC until the browser tells its zone.

use protocol::Millis;

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// How times are read on this page. The server cannot know the reader's zone, so pages start in UTC.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    Utc,
    Local {
        /// Whether the reader's language counts hours to 12.
        twelve_hours: bool,
        /// Minutes east of UTC at a moment; not one number, because summer time changes it.
        offset: fn(Millis) -> i64,
    },
}

/// A day of the calendar, counted from 1 January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i64);

impl Clock {
    /// The day a moment falls on.
    #[must_use]
    pub fn day(self, at: Millis) -> Day {
        Day(self.minutes(at).div_euclid(DAY_MINUTES))
    }

    /// The time of day, like `14:05` or `2:05 PM`.
    #[must_use]
    pub fn time(self, at: Millis) -> String {
        let minutes = self.minutes(at).rem_euclid(DAY_MINUTES);
        let (hour, minute) = (minutes / 60, minutes % 60);
        match self {
            Self::Local { twelve_hours: true, .. } => {
                let half = if hour < 12 { "AM" } else { "PM" };
                format!("{}:{minute:02} {half}", (hour + 11) % 12 + 1)
            }
            _ => format!("{hour:02}:{minute:02}"),
        }
    }

    /// Day and time in full, for those who look closer.
    #[must_use]
    pub fn full(self, at: Millis) -> String {
        let zone = if matches!(self, Self::Utc) { " UTC" } else { "" };
        format!("{}, {}{zone}", self.day(at).name(), self.time(at))
    }

    fn minutes(self, at: Millis) -> i64 {
        let offset = match self {
            Self::Utc => 0,
            Self::Local { offset, .. } => offset(at),
        };
        at.0.div_euclid(MINUTE_MS) + offset
    }
}

impl Day {
    /// Like `Sunday, 22 November 2026`.
    #[must_use]
    pub fn name(self) -> String {
        let (year, month, day) = self.date();
        format!("{}, {day} {} {year}", WEEKDAYS[self.weekday()], MONTHS[month])
    }

    /// Like `22 Nov`, with the year when it is not that of `today`.
    #[must_use]
    pub fn short(self, today: Self) -> String {
        let (year, month, day) = self.date();
        let month = &MONTHS[month][..3];
        if today.date().0 == year {
            format!("{day} {month}")
        } else {
            format!("{day} {month} {year}")
        }
    }

    /// The name of the day next to today, in full otherwise.
    #[must_use]
    pub fn relative(self, today: Self) -> String {
        match today.0 - self.0 {
            0 => "Today".to_owned(),
            1 => "Yesterday".to_owned(),
            _ => self.name(),
        }
    }

    /// Days from Monday.
    fn weekday(self) -> usize {
        // 1 January 1970 was a Thursday.
        usize::try_from((self.0 + 3).rem_euclid(7)).unwrap_or_default()
    }

    /// Year, month from 0, day from 1. Counts in years that begin in March, so that a leap day is the last of its year.
    fn date(self) -> (i64, usize, i64) {
        const CYCLE: i64 = 146_097;
        let since_march_0000 = self.0 + 719_468;
        let cycle = since_march_0000.div_euclid(CYCLE);
        let of_cycle = since_march_0000.rem_euclid(CYCLE);
        let year_of_cycle =
            (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
        let of_year = of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = (from_march + 2) % 12;
        let year = cycle * 400 + year_of_cycle + i64::from(month < 2);
        (year, usize::try_from(month).unwrap_or_default(), day)
    }
}

/// The moment in the form of `<time datetime>`, always UTC.
#[must_use]
pub fn machine_time(at: Millis) -> String {
    let (year, month, day) = Clock::Utc.day(at).date();
    let seconds = at.0.div_euclid(1_000) % 60;
    format!("{year:04}-{:02}-{day:02}T{}:{seconds:02}Z", month + 1, Clock::Utc.time(at))
}

#[cfg(test)]
mod tests {
    use super::{Clock, Day, machine_time};
    use protocol::Millis;

    const LEAP_DAY: Millis = Millis(1_709_164_800_000);

    #[test]
    fn days_are_those_of_the_calendar() {
        assert_eq!(Day(0).name(), "Thursday, 1 January 1970");
        assert_eq!(Day(-1).name(), "Wednesday, 31 December 1969");
        assert_eq!(Clock::Utc.day(LEAP_DAY).name(), "Thursday, 29 February 2024");
        assert_eq!(Day(20_779).name(), "Sunday, 22 November 2026");
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_one_before() {
        let mut last = Day(-146_097).date();
        for number in -146_096..146_097 {
            let (year, month, day) = Day(number).date();
            let next_day = (year, month) == (last.0, last.1) && day == last.2 + 1;
            let next_month = day == 1
                && ((year == last.0 && month == last.1 + 1) || (year == last.0 + 1 && month == 0));
            assert!(next_day || next_month, "{last:?} then {:?}", (year, month, day));
            last = (year, month, day);
        }
    }

    #[test]
    fn a_zone_moves_the_day() {
        let half_past_eleven = Millis(23 * 3_600_000 + 30 * 60_000);
        let east = Clock::Local { twelve_hours: false, offset: |_| 60 };
        assert_eq!(east.day(half_past_eleven), Day(1));
        assert_eq!(east.time(half_past_eleven), "00:30");
        let west = Clock::Local { twelve_hours: true, offset: |_| -60 };
        assert_eq!(west.time(Millis(0)), "11:00 PM");
        assert_eq!(west.time(half_past_eleven), "10:30 PM");
    }

    #[test]
    fn noon_and_midnight_count_as_twelve() {
        let clock = Clock::Local { twelve_hours: true, offset: |_| 0 };
        assert_eq!(clock.time(Millis(0)), "12:00 AM");
        assert_eq!(clock.time(Millis(12 * 3_600_000)), "12:00 PM");
    }

    #[test]
    fn near_days_have_names() {
        assert_eq!(Day(10).relative(Day(10)), "Today");
        assert_eq!(Day(9).relative(Day(10)), "Yesterday");
        assert_eq!(Day(0).relative(Day(10)), "Thursday, 1 January 1970");
        assert_eq!(Day(0).short(Day(10)), "1 Jan");
        assert_eq!(Day(0).short(Day(400)), "1 Jan 1970");
    }

    #[test]
    fn machines_read_utc() {
        assert_eq!(machine_time(Millis(1_709_164_861_000)), "2024-02-29T00:01:01Z");
    }
}
