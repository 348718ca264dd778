using System.Collections.Immutable;
using System.Globalization;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Server.Tokens;
using Patrol.Server.Web.Layout;

namespace Patrol.Server.Web.Tokens;

/// <summary>A token that is about to be revoked.</summary>
/// <param name="Owner">Whose it is, where that is not plain.</param>
/// <param name="Back">Where one came from.</param>
public sealed record Revocation(Token Token, string? Owner, string Back);

/// <summary>The form by which a token is renewed.</summary>
public sealed record Renewal
{
    private const int DefaultGraceHours = 7 * 24;

    /// <summary>How long the old token may go on working: hours, and what that is called.</summary>
    public static readonly IReadOnlyList<(int Hours, string Name)> Graces =
        [(0, "not at all: it is revoked at once"), (1, "one hour"), (24, "one day"), (3 * 24, "three days"), (7 * 24, "one week"), (30 * 24, "30 days")];

    public required Token Token { get; init; }
    public required string Back { get; init; }
    public required LifetimePolicy Policy { get; init; }
    public required DateOnly Today { get; init; }

    /// <summary>As it was typed.</summary>
    public required string ExpiresOn { get; init; }
    public int GraceHours { get; init; } = DefaultGraceHours;
    public IReadOnlyDictionary<string, string> Errors { get; init; } = ImmutableDictionary<string, string>.Empty;

    public static Renewal Of(Token token, string back, LifetimePolicy policy, DateTimeOffset now)
    {
        var today = UtcDay.Of(now);
        var day = RenewToken.DefaultExpiry(token, policy, today);
        return new Renewal { Token = token, Back = back, Policy = policy, Today = today, ExpiresOn = day is null ? "" : Show.Day(day.Value) };
    }

    public Renewal Sent(PageRequest page) => this with
    {
        ExpiresOn = page.Field("expires_at") ?? "",
        GraceHours = int.TryParse(page.Field("grace"), CultureInfo.InvariantCulture, out var hours) && Graces.Any(grace => grace.Hours == hours) ? hours : DefaultGraceHours,
    };

    public Result<DateOnly?> Day => TokenForm.ReadDay(ExpiresOn, Today);

    public TimeSpan Grace => TimeSpan.FromHours(GraceHours);

    public Renewal Refused(Refusal refusal, Language words) => this with { Errors = Refusals.At(refusal, words) };
}
