using System.Collections.Immutable;
using System.Globalization;
using Patrol.Core.Directory;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Scopes;
using Patrol.Server.Web.Layout;

namespace Patrol.Server.Web.Tokens;

/// <summary>The form for a new token, as it is shown and as it comes back.</summary>
public sealed record TokenForm
{
    private const int SuggestedDays = 30;

    public required string Action { get; init; }
    public required IReadOnlyList<Scope> Offered { get; init; }
    public required LifetimePolicy Policy { get; init; }
    public required DateOnly Today { get; init; }
    public string Name { get; init; } = "";
    public string Description { get; init; } = "";

    /// <summary>As it was typed.</summary>
    public string ExpiresOn { get; init; } = "";
    public IReadOnlySet<string> Scopes { get; init; } = ImmutableHashSet<string>.Empty;

    /// <summary>For a project's or group's token: the levels that may be chosen.</summary>
    public IReadOnlyList<AccessLevel> Levels { get; init; } = [];
    public AccessLevel Level { get; init; } = AccessLevel.Maintainer;
    public IReadOnlyDictionary<string, string> Errors { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>It is shown without being asked for: something is filled in, or something is wrong.</summary>
    public bool Open { get; init; }

    /// <summary>The form as it is shown first: filled from the address, as GitLab's can be (<c>?name=&amp;scopes=a,b&amp;description=</c>).</summary>
    public TokenForm Prefilled(PageRequest page)
    {
        var scopes = (page.Query("scopes") ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Intersect(Offered.Select(scope => scope.Name)).ToImmutableHashSet();
        var suggested = Today.AddDays(Math.Min(SuggestedDays, Policy.MaximumDays));
        return this with
        {
            Name = page.Query("name") ?? "",
            Description = page.Query("description") ?? "",
            ExpiresOn = Show.Day(suggested),
            Scopes = scopes,
            Level = Levels.Count > 0 && !Levels.Contains(Level) ? Levels[^1] : Level,
            Open = page.Query("name") is not null || page.Query("description") is not null || scopes.Count > 0 || page.Query("new") is not null,
        };
    }

    /// <summary>The form as it was sent.</summary>
    public TokenForm Sent(PageRequest page) => this with
    {
        Name = page.Field("name") ?? "",
        Description = page.Field("description") ?? "",
        ExpiresOn = page.Field("expires_at") ?? "",
        Scopes = page.Fields("scopes").ToImmutableHashSet(),
        Level = int.TryParse(page.Field("access_level"), CultureInfo.InvariantCulture, out var level) ? (AccessLevel)level : Level,
        Open = true,
    };

    /// <summary>What was sent as values; what the use cases check is left to them.</summary>
    public Result<(ScopeSet Scopes, DateOnly? ExpiresOn)> Read()
    {
        if (Name.Length == 0)
            return new Refusal.Invalid("name", "can't be blank");
        if (!ScopeSet.Parse(Offered.Select(scope => scope.Name).Where(Scopes.Contains)).Succeeded(out var scopes, out var refusal))
            return refusal;
        if (Levels.Count > 0 && !Levels.Contains(Level))
            return new Refusal.Invalid("access_level", "does not have a valid value");
        return ReadDay(ExpiresOn, Today).Map(day => (scopes, day));
    }

    /// <summary>A day that was typed; it has to lie ahead.</summary>
    public static Result<DateOnly?> ReadDay(string text, DateOnly today)
    {
        if (text.Length == 0)
            return default(DateOnly?);
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return new Refusal.Invalid("expires_at", "must be a date such as 2027-01-31");
        return day > today ? day : new Refusal.Invalid("expires_at", "must be in the future");
    }

    public TokenForm Refused(Refusal refusal, Language words) => this with { Errors = Refusals.At(refusal, words) };
}
