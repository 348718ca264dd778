using System.Text.Json.Serialization;

namespace Patrol.Cli.Renewal;

/// <summary>One line of a journal. The first has the plan, later ones a corrected plan or what is done for one token.</summary>
internal sealed record JournalLine
{
    public required DateTimeOffset At { get; init; }

    /// <summary>What the run is about, alone in its line.</summary>
    public RenewalPlan? Plan { get; init; }

    /// <summary>The first line alone: the seal's key, closed itself.</summary>
    public string[]? Keys { get; init; }

    /// <summary>The planned token's name.</summary>
    public string? Token { get; init; }

    /// <summary>The step that is done; a check's line begins the token anew.</summary>
    public RenewalStep? Step { get; init; }

    /// <summary>With the check: whose it is, what the new token will be called, what every holder holds and which tokens that is.</summary>
    public Intention? Intention { get; init; }

    /// <summary>With the journal's step: the new token.</summary>
    public long? NewId { get; init; }

    /// <summary>With the journal's step: its text.</summary>
    public string? Sealed { get; init; }

    /// <summary>With the journal's step: when the new token expires; null if it never does.</summary>
    public DateOnly? ExpiresOn { get; init; }

    /// <summary>Why the renewal of this token was given up; the holders are to get back what they held.</summary>
    public string? GivenUp { get; init; }

    /// <summary>What was given up is put back, and the new token revoked; in the same line as the reason, everything was left as it is.</summary>
    public bool Undone { get; init; }
}

/// <summary>What is about to be done for a token, written down before anything is made.</summary>
/// <param name="OwnerId">The owner.</param>
/// <param name="Owner">The owner's name.</param>
/// <param name="NewName">The name by which the new token is found, should its id be lost in a crash.</param>
/// <param name="Held">What the holders hold, sealed, in the plan's order; null where it cannot be read.</param>
/// <param name="Old">The tokens that these texts are, each once.</param>
internal sealed record Intention(long OwnerId, string Owner, string NewName, IReadOnlyList<string?> Held, IReadOnlyList<KnownToken> Old);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;
