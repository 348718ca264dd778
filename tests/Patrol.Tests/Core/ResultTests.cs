using Patrol.Core.Results;

namespace Patrol.Tests.Core;

public sealed class ResultTests
{
    private static readonly Refusal No = new Refusal.NotFound("User");

    [Fact]
    public void A_value_is_handed_over_with_no_refusal()
    {
        Result<int> result = 3;
        Assert.True(result.Succeeded(out var value, out _));
        Assert.Equal((3, 3, (Refusal?)null), (value, result.Value, result.Refusal));
        Assert.Equal("3", result.Map(number => number.ToString()).Value);
    }

    [Fact]
    public void A_refusal_stays_the_same_through_whatever_would_be_done_with_the_value()
    {
        Result<int> result = No;
        Assert.False(result.Succeeded(out _, out var refusal));
        Assert.Same(No, refusal);
        Assert.Same(No, result.Map(number => number + 1).Refusal);
    }

    [Fact]
    public void Whoever_takes_the_value_of_a_refusal_without_looking_has_a_bug() =>
        Assert.Throws<InvalidOperationException>(() => ((Result<int>)No).Value);
}
