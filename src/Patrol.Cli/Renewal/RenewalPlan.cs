using System.Text.Json.Serialization;
using Patrol.Cli.Sinks.Sql;

namespace Patrol.Cli.Renewal;

/// <summary>
/// What is to be renewed, complete enough that another process can go on with it: the journal's first line holds it. It names where
/// credentials are, never what they are.
/// </summary>
internal sealed record RenewalPlan
{
    /// <summary>What the run is about, in one line; a journal belongs to one.</summary>
    public required string Target { get; init; }

    /// <summary>In this order; a token that signs in is renewed before those that it is needed for.</summary>
    public required IReadOnlyList<PlannedToken> Tokens { get; init; }

    /// <summary>How long to wait after storing, before holders are read once more and the old token is revoked.</summary>
    public required double SettleSeconds { get; init; }

    /// <summary>The old tokens are revoked by a later <c>finish</c>.</summary>
    public bool KeepOld { get; init; }

    /// <summary>Whose names are locked on this machine.</summary>
    [JsonIgnore]
    public IEnumerable<string> Resources => Tokens.SelectMany(token => token.Holders.Select(holder => holder.Resource).Append(token.Source.Resource))
        .OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
}

/// <summary>A token to renew.</summary>
internal sealed record PlannedToken
{
    /// <summary>What messages and the journal call it; unique in its plan.</summary>
    public required string Name { get; init; }

    public required PlannedSource Source { get; init; }

    /// <summary>The owner's user name; null for whoever owns the token that is held now.</summary>
    public string? Owner { get; init; }

    /// <summary>It is the very user's who signs in with what is held; nobody else has to.</summary>
    [JsonIgnore]
    public bool IsOnesOwn => Owner is null && Source.Place is null;

    /// <summary>What the new token's name begins with; the day and some random letters follow, by which it is found after a crash.</summary>
    public required string TokenName { get; init; }

    /// <summary>None where the system's tokens have none.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The UTC day at whose start the new token stops working.</summary>
    public required DateOnly ExpiresOn { get; init; }

    /// <summary>The day on which the plan was made, from which lifetimes in days count.</summary>
    public required DateOnly CountedFrom { get; init; }

    /// <summary>A token that lasts beyond this day is not due; null if it is to be renewed in any case.</summary>
    public DateOnly? DueUntil { get; init; }

    public required IReadOnlyList<PlannedHolder> Holders { get; init; }

    /// <summary>A command for the shell that brings the stored token into use.</summary>
    public string? After { get; init; }

    public double AfterSeconds { get; init; }

    public IReadOnlyList<PlannedProof> Proofs { get; init; } = [];

    /// <summary>The tokens that follow are made and revoked with this one.</summary>
    public bool SignsIn { get; init; }

    /// <summary>Nothing is made: the token that was given on standard input is the new one.</summary>
    public bool IsGiven { get; init; }

    /// <summary>A holder that holds no token at all is refused rather than filled.</summary>
    public bool MustHoldToken { get; init; }
}

/// <summary>Where a token is made.</summary>
/// <param name="Kind">A key of <see cref="RenewalSources"/>.</param>
/// <param name="Address">Its address.</param>
/// <param name="Variable">The environment variable with the token to sign in with.</param>
internal sealed record PlannedSource(string Kind, string Address, string Variable)
{
    /// <summary>The project or group whose tokens these are; null for users'.</summary>
    public PlannedPlace? Place { get; init; }

    /// <summary>What two runs must not work on at once.</summary>
    [JsonIgnore]
    public string Resource => $"{Kind} {Address}";
}

/// <summary>A project or group of GitLab whose bots have the tokens.</summary>
/// <param name="IsGroup">A group rather than a project.</param>
/// <param name="Path">Its full path.</param>
/// <param name="AccessLevel">What a new bot is there: 10 guest, 20 reporter, 30 developer, 40 maintainer, 50 owner.</param>
internal sealed record PlannedPlace(bool IsGroup, string Path, int AccessLevel)
{
    public override string ToString() => $"{(IsGroup ? "group" : "project")} {Path}";
}

/// <summary>Where a token is held.</summary>
/// <param name="Kind">A key of the sinks' catalogue.</param>
/// <param name="Settings">As the plan's file has them; those below another have its name and a dot before theirs.</param>
internal sealed record PlannedHolder(string Kind, IReadOnlyDictionary<string, string> Settings)
{
    // How one gets there, not where.
    private static readonly string[] Ways = ["password-env", "token-env", "read", "check", "limit"];

    /// <summary>The place in one line: two holders with the same are the same.</summary>
    [JsonIgnore]
    public string Place => $"{Kind} {string.Join(' ', Settings.Where(setting => !Ways.Contains(setting.Key)).OrderBy(setting => setting.Key, StringComparer.Ordinal).Select(setting => $"{setting.Key}={(setting.Key == "file" ? Path.GetFullPath(setting.Value) : setting.Value)}"))}";

    /// <summary>What two runs must not write at once; null where the place itself keeps them apart.</summary>
    [JsonIgnore]
    public string? Resource => Settings.GetValueOrDefault("file") is { } file ? $"file {Path.GetFullPath(file)}"
        : Settings.GetValueOrDefault("database") is { } database ? $"database {SqlAddress.Read(database, "database")}" : null;
}

/// <summary>How a stored token is proven.</summary>
/// <param name="Kind">A key of <see cref="Proofs"/>.</param>
/// <param name="Settings">As the plan's file has them.</param>
internal sealed record PlannedProof(string Kind, IReadOnlyDictionary<string, string> Settings);
