using System.Globalization;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Tokens;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.Atlassian;

/// <summary>Which tokens administrators look for: the filters of the products' administration page. What is missing does not matter.</summary>
internal sealed record SearchJson
{
    /// <summary>Counted from 0.</summary>
    public int? Page { get; init; }
    public int? Limit { get; init; }
    public string? Name { get; init; }

    /// <summary>Owners' keys or user names; none for everybody's.</summary>
    public string[]? UserKeys { get; init; }
    public string? CreatedFrom { get; init; }
    public string? CreatedTo { get; init; }
    public string? ExpiringFrom { get; init; }
    public string? ExpiringTo { get; init; }
    public string? LastAccessedFrom { get; init; }
    public string? LastAccessedTo { get; init; }
}

/// <summary>A search as read.</summary>
internal sealed record Search(TokenFilter Filter, int Page, int Limit)
{
    public long Offset => (long)Page * Limit;
}

/// <summary>Turns what was asked for into a filter.</summary>
internal sealed class ReadSearch(Database database)
{
    private const int UsualLimit = 100;
    private const int MostAtOnce = 1_000;

    private static readonly string[] Instants = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>The search, or the first thing that is wrong.</summary>
    public async Task<Result<Search>> Handle(SearchJson asked)
    {
        var (page, limit) = (asked.Page ?? 0, asked.Limit ?? UsualLimit);
        if (page < 0)
            return new Refusal.Invalid("page", "counts from 0");
        if (limit < 1)
            return new Refusal.Invalid("limit", $"must be between 1 and {MostAtOnce}");
        var bounds = new Bounds();
        var filter = new TokenFilter
        {
            Dialect = TokenDialect.Atlassian,
            Revoked = false,
            Search = string.IsNullOrWhiteSpace(asked.Name) ? [] : [asked.Name.Trim()],
            CreatedAfter = bounds.From("createdFrom", asked.CreatedFrom),
            CreatedBefore = bounds.To("createdTo", asked.CreatedTo),
            EndsFrom = bounds.From("expiringFrom", asked.ExpiringFrom),
            EndsTo = bounds.To("expiringTo", asked.ExpiringTo),
            LastUsedAfter = bounds.From("lastAccessedFrom", asked.LastAccessedFrom),
            LastUsedBefore = bounds.To("lastAccessedTo", asked.LastAccessedTo),
        };
        if (bounds.Wrong is not null)
            return bounds.Wrong;
        if (asked.UserKeys is { Length: > 0 } keys)
            filter = filter with { Owners = await FindOwners(keys) };
        return new Search(filter, page, Math.Min(limit, MostAtOnce));
    }

    // Whom nobody knows has no tokens.
    private Task<HashSet<long>> FindOwners(string[] keys) => database.Read(async connection =>
    {
        var ids = new HashSet<long>();
        foreach (var key in keys)
        {
            if (key is not null && (UserKeys.Read(key) ?? (await UserSql.FindByName(connection, key))?.Id) is { } id)
                ids.Add(id);
        }
        return ids;
    });

    /// <summary>Reads bounds, both inclusive: dates, of which the whole day (UTC) counts, or instants.</summary>
    private sealed class Bounds
    {
        // Tokens that never end are shown as ending on this day.
        private static readonly DateOnly Eternal = DateOnly.MaxValue;

        public Refusal.Invalid? Wrong { get; private set; }

        public DateTimeOffset? From(string field, string? text) => Read(field, text, day => UtcDay.Start(day));

        public DateTimeOffset? To(string field, string? text) => Read(field, text, day => day == Eternal ? null : UtcDay.Start(day.AddDays(1)).AddMilliseconds(-1));

        private DateTimeOffset? Read(string field, string? text, Func<DateOnly, DateTimeOffset?> ofDay)
        {
            if (string.IsNullOrWhiteSpace(text))
                return null;
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                return ofDay(day);
            if (DateTimeOffset.TryParseExact(text, Instants, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
                return UtcDay.Of(instant) == Eternal ? ofDay(Eternal) : instant;
            Wrong ??= new Refusal.Invalid(field, "must be a date such as 2026-11-30 or an instant such as 2026-11-30T12:00:00.000Z");
            return null;
        }
    }
}
