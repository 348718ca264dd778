using System.Globalization;
using Patrol.Core.Lifetimes;

namespace Patrol.Tests.Core;

public sealed class IsoTimeTests
{
    [Theory]
    [InlineData("2027-01-05", "2027-01-05")]
    [InlineData("20270105", "2027-01-05")]
    [InlineData("2027-1-5", "2027-01-05")]
    [InlineData(" 2027-01-05 ", "2027-01-05")]
    [InlineData("2027-W01-1", "2027-01-04")]
    [InlineData("2027W017", "2027-01-10")]
    [InlineData("2026-W53", "2026-12-28")]
    [InlineData("2027-005", "2027-01-05")]
    [InlineData("2028366", "2028-12-31")]
    [InlineData("2027-01-05T23:59:59-05:00", "2027-01-05")]
    [InlineData("2027-01-05 00:30 +0900", "2027-01-05")]
    [InlineData("20270105T101112Z", "2027-01-05")]
    [InlineData("9999-12-31", "9999-12-31")]
    [InlineData("2027-02-29", null)]
    [InlineData("2027-00-10", null)]
    [InlineData("2027-13-01", null)]
    [InlineData("2027-366", null)]
    [InlineData("2027-W53-1", null)]
    [InlineData("2027-W00", null)]
    [InlineData("9999-W52-7", null)]
    [InlineData("0000-01-01", null)]
    [InlineData("01/02/2027", null)]
    [InlineData("Jan 5 2027", null)]
    [InlineData("10000-01-01", null)]
    [InlineData("2027-01-05x", null)]
    [InlineData("２０２７-01-05", null)]
    [InlineData("tomorrow", null)]
    public void A_day_is_read_in_all_of_ISOs_forms_and_in_no_other(string text, string? expected) =>
        Assert.Equal(expected, IsoTime.Date(text)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("2024-01-01", "2024-01-01T00:00:00.000Z")]
    [InlineData("2024-01-01T10", "2024-01-01T10:00:00.000Z")]
    [InlineData("2024-01-01t10:20z", "2024-01-01T10:20:00.000Z")]
    [InlineData("2024-01-01T10:20:30.456789Z", "2024-01-01T10:20:30.456Z")]
    [InlineData("2024-01-01T10:20:30,5Z", "2024-01-01T10:20:30.500Z")]
    [InlineData("2024-01-01T10:00:00+09:00", "2024-01-01T01:00:00.000Z")]
    [InlineData("2024-01-01T10:00:00 09:00", "2024-01-01T01:00:00.000Z")]
    [InlineData("2024-01-01 10:00:00 -0530", "2024-01-01T15:30:00.000Z")]
    [InlineData("2024-01-01 10:00:00 UTC", "2024-01-01T10:00:00.000Z")]
    [InlineData("20240101T101112+09", "2024-01-01T01:11:12.000Z")]
    [InlineData("2024-W01-1T24:00Z", "2024-01-02T00:00:00.000Z")]
    [InlineData("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z")]
    [InlineData("9999-12-31T23:59:59-12:00", null)]
    [InlineData("9999-12-31T24:00:00Z", null)]
    [InlineData("0001-01-01T00:00:00+01:00", null)]
    [InlineData("2024-01-01T24:01Z", null)]
    [InlineData("2024-01-01T10:60Z", null)]
    [InlineData("2024-01-01T25:00", null)]
    [InlineData("2024-01-01T10:00+25:00", null)]
    [InlineData("10:00", null)]
    [InlineData("1704067200", null)]
    [InlineData("01/02/2024", null)]
    public void An_instant_is_read_in_all_of_ISOs_forms_and_in_no_other(string text, string? expected) =>
        Assert.Equal(expected, IsoTime.Instant(text) is { } instant ? InstantText.Of(instant) : null);
}
