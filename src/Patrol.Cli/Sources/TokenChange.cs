namespace Patrol.Cli.Sources;

/// <summary>What is to be done to the tokens that a filter picks.</summary>
internal abstract record TokenChange
{
    private TokenChange()
    {
    }

    /// <summary>Moves the expiry date, or removes it. Reminders that were sent for the old date are forgotten, and memberships of bots that end earlier are made endless.</summary>
    /// <param name="Old">The day that they expire on now.</param>
    /// <param name="New">The new day; null for never.</param>
    public sealed record MoveExpiry(DateOnly Old, DateOnly? New) : TokenChange;

    /// <summary>Revokes them.</summary>
    public sealed record Revoke : TokenChange;
}

/// <summary>What a change would touch. A system derives its own from it to remember how it will go about it.</summary>
/// <param name="Change">The change.</param>
/// <param name="Which">The tokens.</param>
/// <param name="Tokens">How many they are now.</param>
/// <param name="Memberships">How many memberships of bots end before the new date.</param>
internal record ChangePlan(TokenChange Change, TokenFilter Which, long Tokens, long Memberships)
{
    /// <summary>The system can put back what the change does; else the undo file only tells which tokens they were.</summary>
    public bool CanBePutBack { get; init; } = true;
}

/// <summary>How far a change is.</summary>
/// <param name="Done">Tokens looked after so far.</param>
/// <param name="FromId">The first id of the batch that comes now.</param>
/// <param name="ToId">The last.</param>
internal readonly record struct ChangeProgress(long Done, long FromId, long ToId);

/// <summary>What a change came to.</summary>
/// <param name="Tokens">How many tokens were changed.</param>
/// <param name="Memberships">How many memberships were made endless.</param>
/// <param name="Unsure">The last batch, whose fate the system did not tell before it went away; null if there is none.</param>
/// <param name="Ended">Why it ended before it was finished; null if it was not.</param>
internal sealed record ChangeOutcome(long Tokens, long Memberships, ChangeProgress? Unsure, Exception? Ended);

/// <summary>What an undo came to.</summary>
/// <param name="Restored">Tokens put back as they were (or that would be, in a dry run).</param>
/// <param name="Memberships">Memberships put back.</param>
/// <param name="MembershipsChangedSince">Memberships that have a date of somebody else's by now, or are gone; left alone.</param>
/// <param name="AlreadyAsBefore">Tokens that are as they were before the change: put back earlier, or never reached.</param>
/// <param name="ChangedSince">Ids of tokens that somebody changed after the change, or deleted; left alone. Their number may be larger.</param>
/// <param name="ChangedSinceCount">How many those are.</param>
/// <param name="Ended">Why it ended before it was finished; null if it was not.</param>
internal sealed record UndoOutcome(
    long Restored, long Memberships, long MembershipsChangedSince, long AlreadyAsBefore, IReadOnlyList<long> ChangedSince, long ChangedSinceCount, Exception? Ended)
{
    /// <summary>Tokens that the change had made, and that are revoked now: nobody takes their rows away, which tell who did what.</summary>
    public long Revoked { get; init; }
}
