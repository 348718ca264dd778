namespace Patrol.Cli.Logs;

/// <summary>What failed, and why.</summary>
/// <param name="Reason">GitLab's word.</param>
/// <param name="Type">GitLab's class of the token, such as <c>PersonalAccessToken</c>, which those of projects and groups are too; empty where the log does not tell.</param>
/// <param name="Id">The token's id; null where the log does not tell.</param>
internal readonly record struct FailureKey(string Reason, string Type, long? Id)
{
    private const string PersonalAccessToken = nameof(PersonalAccessToken);

    /// <summary>The id among the tokens that patrol looks after; null for job tokens, OAuth tokens and the like.</summary>
    public long? PersonalId => Type is PersonalAccessToken or "" ? Id : null;

    /// <summary>The token as GitLab writes it.</summary>
    public string Token => Id is null ? (Type.Length > 0 ? Type : "unknown") : Type.Length > 0 ? $"{Type}/{Id}" : $"{Id}";
}

/// <summary>A token that failed, and all that the logs tell of it.</summary>
internal sealed class FailingToken(FailureKey key)
{
    // Ticks rather than nullable instants: there may be a million of these objects.
    private long first;
    private long last;
    private ValueTally addresses;
    private ValueTally paths;
    private ValueTally clients;
    private ValueTally scopes;

    public FailureKey Key => key;

    /// <summary>How many requests failed.</summary>
    public long Count { get; private set; }

    /// <summary>Null where no line has a time.</summary>
    public DateTimeOffset? FirstSeen => Instant(first);

    public DateTimeOffset? LastSeen => Instant(last);

    public ref readonly ValueTally Addresses => ref addresses;

    public ref readonly ValueTally Paths => ref paths;

    public ref readonly ValueTally Clients => ref clients;

    /// <summary>The scopes of which requests wanted one.</summary>
    public ref readonly ValueTally Scopes => ref scopes;

    public void Add(FailedRequest request, TextPool pool)
    {
        Count++;
        addresses.Add(pool, request.Address.Text);
        paths.Add(pool, request.Path.Text);
        clients.Add(pool, request.Client.Text);
        scopes.Add(pool, request.Scopes.Text);
    }

    public void SeenAt(DateTimeOffset? time)
    {
        if (time is not { UtcTicks: var ticks })
            return;
        first = first == 0 ? ticks : Math.Min(first, ticks);
        last = Math.Max(last, ticks);
    }

    private static DateTimeOffset? Instant(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
}
