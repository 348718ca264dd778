using Patrol.Server.Settings;

namespace Patrol.Tests.Settings;

/// <summary>Atlassian's schedules are Quartz's, on the server's own clock.</summary>
public sealed class CronScheduleTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("0 0 0 * * ?")]
    [InlineData("'0 0 0 * * ?'")]
    [InlineData(" \"0 0 0 * * ?\" ")]
    [InlineData("0 0 0 * * ? *")]
    public void Quotes_do_not_matter(string text)
    {
        var (schedule, wrong) = CronSchedule.Read(text, Berlin);
        Assert.Null(wrong);
        Assert.Equal(At("2026-11-22T23:00Z"), schedule!.Next(At("2026-11-22T12:00Z")));
    }

    [Theory]
    [InlineData("0 0 9 ? * 2", "2026-11-23T08:00Z")]
    [InlineData("0 0 9 ? * MON", "2026-11-23T08:00Z")]
    [InlineData("0 0 9 ? * 1", "2026-11-29T08:00Z")]
    [InlineData("0 0 9 L * ?", "2026-11-30T08:00Z")]
    [InlineData("0 0 9 ? * 6L", "2026-11-27T08:00Z")]
    [InlineData("0 0 9 ? * tue#1", "2026-12-01T08:00Z")]
    [InlineData("0 0 9 1W dec ?", "2026-12-01T08:00Z")]
    [InlineData("0 0/20 13-14 * * ?", "2026-11-22T12:20Z")]
    [InlineData("30 0 0 29 2 ?", "2028-02-28T23:00:30Z")]
    public void Quartz_decides_what_the_fields_mean(string text, string next) =>
        Assert.Equal(At(next), CronSchedule.Read(text, Berlin).Schedule!.Next(At("2026-11-22T12:00:00Z")));

    [Fact]
    public void A_time_that_is_skipped_is_due_after_the_jump_and_one_that_comes_twice_is_due_once()
    {
        var daily = CronSchedule.Read("0 30 2 * * ?", Berlin).Schedule!;
        Assert.Equal([At("2026-03-28T01:30Z"), At("2026-03-29T01:00Z"), At("2026-03-30T00:30Z")], Due(daily, "2026-03-27T12:00Z", 3));
        Assert.Equal([At("2026-10-24T00:30Z"), At("2026-10-25T00:30Z"), At("2026-10-26T01:30Z")], Due(daily, "2026-10-23T12:00Z", 3));
        var hourly = CronSchedule.Read("0 0 * * * ?", Berlin).Schedule!;
        Assert.Equal([At("2026-10-25T00:00Z"), At("2026-10-25T01:00Z"), At("2026-10-25T02:00Z")], Due(hourly, "2026-10-24T23:00Z", 3));
    }

    [Theory]
    [InlineData("", "six fields")]
    [InlineData("''", "six fields")]
    [InlineData("0 0 * * *", "six fields")]
    [InlineData("0 0 0 * * ? * *", "six fields")]
    [InlineData("0 0 0 * * *", "a ?")]
    [InlineData("0 0 0 ? * ?", "a ?")]
    [InlineData("0 0 25 * * ?", "not understood")]
    [InlineData("61 0 0 * * ?", "not understood")]
    [InlineData("a b c d e ?", "not understood")]
    [InlineData("0 0 0 ? * 8", "not understood")]
    [InlineData("0 0 0 30 2 ?", "never")]
    [InlineData("0 0 0 * * ? 2001", "never")]
    public void What_is_no_schedule_is_told(string text, string why)
    {
        var (schedule, wrong) = CronSchedule.Read(text, Berlin);
        Assert.Null(schedule);
        Assert.Contains(why, wrong, StringComparison.Ordinal);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text);

    private static List<DateTimeOffset> Due(CronSchedule schedule, string from, int count)
    {
        var due = new List<DateTimeOffset>();
        for (var at = At(from); due.Count < count; due.Add(at))
            at = schedule.Next(at)!.Value;
        return due;
    }
}
