using CsCheck;
using Patrol.Core.Lifetimes;
using Patrol.Core.Notices;

namespace Patrol.Tests.Core;

public sealed class NoticeRulesTests
{
    private static readonly DateTimeOffset Now = new(2028, 2, 28, 1, 0, 0, TimeSpan.Zero);
    private static readonly NoticePolicy GitLab = NoticePolicy.GitLabWarnings(NoticePolicy.GitLabDays);

    [Theory]
    [InlineData(-1, null)]
    [InlineData(0, 7)]
    [InlineData(1, 7)]
    [InlineData(7, 7)]
    [InlineData(8, 30)]
    [InlineData(30, 30)]
    [InlineData(31, 60)]
    [InlineData(60, 60)]
    [InlineData(61, null)]
    public void GitLabs_windows_are_0_to_7_8_to_30_and_31_to_60_days(int daysLeft, int? window) =>
        Assert.Equal(window, NoticeRules.Owed(GitLab, UtcDay.Start(UtcDay.Of(Now).AddDays(daysLeft)), told: null, Now, Now));

    [Theory]
    [InlineData(-1, null)]
    [InlineData(0, null)]
    [InlineData(1, 5)]
    [InlineData(5 * 24 * 60, 5)]
    [InlineData(5 * 24 * 60 + 1, null)]
    public void Atlassians_window_is_counted_to_the_instant(int minutesLeft, int? window) =>
        Assert.Equal(window, NoticeRules.Owed(NoticePolicy.Atlassian(5), Now.AddMinutes(minutesLeft), told: null, Now, Now));

    [Theory]
    [InlineData(-61, null)]
    [InlineData(-60, null)]
    [InlineData(-59, 0)]
    [InlineData(0, 0)]
    [InlineData(1, null)]
    public void An_end_is_told_if_it_came_since_the_last_look(int minutes, int? window) =>
        Assert.Equal(window, NoticeRules.Owed(NoticePolicy.GitLabEnd, Now.AddMinutes(minutes), told: null, Now.AddHours(-1), Now));

    [Fact]
    public void Without_days_of_warning_nobody_is_warned()
    {
        Assert.Null(NoticeRules.Owed(NoticePolicy.Atlassian(0), Now.AddMinutes(1), null, Now, Now));
        Assert.Equal(NoticeRules.Ended, NoticeRules.Owed(NoticePolicy.Atlassian(0), Now, null, Now.AddHours(-1), Now));
    }

    [Fact]
    public void Whoever_was_told_of_a_window_is_not_told_of_it_or_a_wider_one_again() =>
        Gen.Select(Gen.Int[0, 60], Gen.Int[0, 3].Select(which => ((int[])[7, 30, 60, 0])[which])).Sample((daysLeft, told) =>
        {
            var end = UtcDay.Start(UtcDay.Of(Now).AddDays(daysLeft));
            var window = NoticeRules.Window(GitLab, end, Now)!.Value;
            return NoticeRules.Owed(GitLab, end, told, Now, Now) == (window < told ? window : null);
        });

    [Fact]
    public void What_can_be_owed_lies_within_reach() =>
        Gen.Select(Gen.Int[-100, 100], Gen.Int[0, 24 * 60 - 1], Gen.Int[0, 90], Gen.Int[0, 3]).Sample((days, minutes, sinceDays, which) =>
        {
            NoticePolicy[] policies = [GitLab, NoticePolicy.GitLabEnd, NoticePolicy.Atlassian(5), NoticePolicy.Atlassian(0)];
            var (policy, since, end) = (policies[which], Now.AddDays(-sinceDays), Now.AddDays(days).AddMinutes(minutes));
            var (from, to) = policy.Reach(since, Now);
            return NoticeRules.Owed(policy, end, null, since, Now) is null || (from <= end && end <= to);
        });

    [Fact]
    public void Pauses_grow_to_six_hours_and_end_after_three_days()
    {
        Assert.Equal(Now.AddMinutes(1), Backoff.Next(1, Now, Now));
        Assert.Equal(Now.AddMinutes(2), Backoff.Next(2, Now, Now));
        Assert.Equal(Now.AddMinutes(256), Backoff.Next(9, Now, Now));
        Assert.Equal(Now.AddHours(6), Backoff.Next(10, Now, Now));
        Assert.Equal(Now.AddHours(6), Backoff.Next(1_000, Now, Now));
        Assert.Null(Backoff.Next(2, Now.AddDays(-3), Now));
    }
}
