using System.Globalization;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>
/// Which columns of a token a change overwrites, and with what. The values are PostgreSQL's own texts, so that undoing brings every
/// byte back, also of what .NET cannot hold.
/// </summary>
/// <param name="Columns">Each with the text that it gets, null for NULL.</param>
internal sealed record Overwriting(IReadOnlyList<(Column Column, string? New)> Columns)
{
    // Reminders look at these marks: a row that keeps them is never reminded of its new date (gitlab-rake, what a better tool should add).
    private static readonly (Column Column, string? Cleared)[] Marks =
    [
        (new("expire_notification_delivered", "boolean"), "false"),
        (new("after_expiry_notification_delivered", "boolean"), "false"),
        (new("seven_days_notification_sent_at", "timestamptz"), null),
        (new("thirty_days_notification_sent_at", "timestamptz"), null),
        (new("sixty_days_notification_sent_at", "timestamptz"), null),
    ];

    private static readonly Column ExpiresAt = new("expires_at", "date"), Revoked = new("revoked", "boolean"), UpdatedAt = new("updated_at", "timestamp");

    /// <summary>What a change overwrites in a database with this schema.</summary>
    /// <param name="change">The change.</param>
    /// <param name="schema">The database's.</param>
    /// <param name="now">The instant that revoking leaves in <c>updated_at</c>, as GitLab's own does; moving a date leaves that column alone.</param>
    public static Overwriting Of(TokenChange change, Schema schema, DateTimeOffset now) => change switch
    {
        TokenChange.MoveExpiry move => new(
            [(ExpiresAt, move.New?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), .. Marks.Where(mark => schema.TokenHas(mark.Column.Name))]),
        _ => new([(Revoked, "true"), (UpdatedAt, now.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture))]),
    };

    /// <summary>The same from names, as an undo file has them; null if one is none that a change overwrites.</summary>
    public static Overwriting? Read(IEnumerable<(string Name, string? New)> columns)
    {
        var known = Marks.Select(mark => mark.Column).Concat([ExpiresAt, Revoked, UpdatedAt]).ToDictionary(column => column.Name, StringComparer.Ordinal);
        var read = columns.Select(column => (Column: known.GetValueOrDefault(column.Name), column.New)).ToList();
        return read.Exists(column => column.Column is null) ? null : new([.. read.Select(column => (column.Column!, column.New))]);
    }
}

/// <summary>A column of the token table and its type.</summary>
internal sealed record Column(string Name, string Type);

/// <summary>Tokens that had the same values in the columns that a change overwrites.</summary>
/// <param name="Ids">The tokens, ascending.</param>
/// <param name="Was">The values, column by column.</param>
internal sealed record Alike(long[] Ids, string?[] Was);

/// <summary>A membership and the day on which it ended.</summary>
internal sealed record EndingMembership(long Id, string ExpiresAt);

/// <summary>What a change is about to overwrite, or to make, in one go.</summary>
internal sealed record OverwrittenBatch(IReadOnlyList<Alike> Tokens, IReadOnlyList<EndingMembership> Memberships)
{
    /// <summary>Ids of tokens that it makes: a new one, or the successors of those that it overwrites.</summary>
    public long[] Made { get; init; } = [];

    public long Count { get; } = Tokens.Sum(alike => (long)alike.Ids.Length);

    public long FirstId => Tokens.Count > 0 ? Tokens.Min(alike => alike.Ids[0]) : Made[0];

    public long LastId => Tokens.Count > 0 ? Tokens.Max(alike => alike.Ids[^1]) : Made[^1];

    /// <summary>The first tokens, at most that many, with the memberships; and the rest, null if there is none.</summary>
    public (OverwrittenBatch Head, OverwrittenBatch? Tail) Split(int most)
    {
        if (Count <= most)
            return (this, null);
        List<Alike> head = [], rest = [];
        foreach (var alike in Tokens)
        {
            var fit = Math.Min(most, alike.Ids.Length);
            most -= fit;
            if (fit > 0)
                head.Add(alike with { Ids = alike.Ids[..fit] });
            if (fit < alike.Ids.Length)
                rest.Add(alike with { Ids = alike.Ids[fit..] });
        }
        return (new(head, Memberships) { Made = Made }, new(rest, []));
    }
}
