using Patrol.Cli.Failures;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources;

/// <summary>What one can ask of a system; no system can do everything.</summary>
internal enum Ability
{
    /// <summary>Counting all tokens by the day on which they expire.</summary>
    Analyze,

    /// <summary>Finding tokens by filters and by id.</summary>
    Find,

    /// <summary>Moving or removing expiry dates.</summary>
    ChangeExpiry,

    Revoke,
    Create,
    Rotate,

    /// <summary>Bringing a rotated token back to life, and its successor's end.</summary>
    UndoRotation,

    /// <summary>Rotating the very token that one signs in with.</summary>
    RotateSelf,

    /// <summary>Finding the token that has a given text.</summary>
    FindText,
}

/// <summary>
/// A system that holds tokens, as the commands see it. Whatever it lacks it says so in <see cref="WhyNot"/>, with the way out;
/// commands ask before they call, and it need not
/// write what it lacks. Its own exceptions go through and are explained by its <see cref="SourceKind"/>.
/// </summary>
internal interface ISource : IAsyncDisposable
{
    /// <summary>What messages call it: "GitLab's database gitlabhq_production on db.example.com".</summary>
    string Name { get; }

    /// <summary>Null if it can, else one line: why it cannot, and what to do instead.</summary>
    string? WhyNot(Ability ability);

    /// <summary>Ends the run unless the system can do this.</summary>
    /// <exception cref="CliFailure">It cannot.</exception>
    void Demand(Ability ability)
    {
        if (WhyNot(ability) is { } why)
            throw CliFailure.Usage(why);
    }

    /// <summary>Counts all tokens, of whatever state and kind, by the day on which they expire: the ten biggest counts.</summary>
    /// <remarks>Equal counts: no day first, then later days first, as the rake task shows them.</remarks>
    Task<ExpiryAnalysis> Analyze(CancellationToken cancellation) => throw Lacking();

    /// <summary>The coming days, today not among them, on which most tokens expire, of whatever state and kind.</summary>
    /// <param name="top">How many days at most.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Biggest counts first, earlier days first among equals.</returns>
    Task<IReadOnlyList<ExpiryCount>> ComingDates(int top, CancellationToken cancellation) => throw Lacking();

    /// <summary>The tokens that a filter picks, each once, by id. They come as they are read: there may be millions.</summary>
    IAsyncEnumerable<FoundToken> Find(TokenFilter filter, CancellationToken cancellation) => throw Lacking();

    /// <summary>What would get a token refused besides its own state, such as a bot's membership that has ended: a sentence each, without a full stop.</summary>
    Task<IReadOnlyList<string>> Obstacles(FoundToken token, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>The token that has this text.</summary>
    /// <returns>Null if no token has.</returns>
    Task<FoundToken?> FindText(Secret text, CancellationToken cancellation) => throw Lacking();

    /// <summary>How long a token lasts where nobody says how long, in days: the instance's limit, else 365.</summary>
    Task<int> MaximumLifetime(CancellationToken cancellation) => throw Lacking();

    /// <summary>Counts the tokens that a filter picks by the day on which they expire: the ten biggest counts, in the order of <see cref="Analyze(CancellationToken)"/>.</summary>
    /// <remarks>Goes with <see cref="Ability.ChangeExpiry"/>.</remarks>
    Task<ExpiryAnalysis> Analyze(TokenFilter which, CancellationToken cancellation) => throw Lacking();

    /// <summary>Looks what a change would touch, and touches nothing.</summary>
    Task<ChangePlan> Plan(TokenChange change, TokenFilter which, CancellationToken cancellation) => throw Lacking();

    /// <summary>Finds out, before anybody is asked, whether the system would take a change from this user; touches nothing.</summary>
    Task Rehearse(TokenChange change, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Carries a plan out, in batches, each all or nothing. What it is about to change stands in the undo log before.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="undo">A new undo log.</param>
    /// <param name="progress">Told before each batch.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    /// <returns>What was changed; also when it was cancelled or failed on the way, which <see cref="ChangeOutcome.Ended"/> tells.</returns>
    Task<ChangeOutcome> CarryOut(ChangePlan plan, UndoLog undo, Action<ChangeProgress> progress, CancellationToken cancellation) => throw Lacking();

    /// <summary>Puts back what an undo file remembers, of what is still as the change left it, and revokes what the change made.</summary>
    /// <param name="file">The file.</param>
    /// <param name="dryRun">Only counts.</param>
    /// <param name="progress">Told before each batch.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    /// <exception cref="CliFailure">It was made on another system, or tells of what cannot be put back there.</exception>
    Task<UndoOutcome> Undo(UndoFile file, bool dryRun, Action<ChangeProgress> progress, CancellationToken cancellation) => throw Lacking();

    /// <summary>Checks what a new token is asked to be.</summary>
    /// <exception cref="CliFailure">Unknown user, scopes that there are not or that this user may not hold, a date out of bounds.</exception>
    Task<CheckedOrder> Check(TokenOrder order, CancellationToken cancellation) => throw Lacking();

    /// <summary>Makes a token. Which one stands in the undo log before it is made, where the system can tell.</summary>
    Task<NewToken> Create(CheckedOrder order, UndoLog undo, CancellationToken cancellation) => throw Lacking();

    /// <summary>How many memberships a rotation of this token would make endless: those of its bot that end.</summary>
    Task<long> EndingMemberships(long id, CancellationToken cancellation) => Task.FromResult(0L);

    /// <summary>Revokes a token and makes its successor, both or none.</summary>
    /// <param name="id">The token; null for the one that is signed in with.</param>
    /// <param name="expiresOn">The successor's last day plus one; null for the system's default.</param>
    /// <param name="undo">A new undo log.</param>
    /// <param name="cancellation">Ends it.</param>
    Task<NewToken> Rotate(long? id, DateOnly? expiresOn, UndoLog undo, CancellationToken cancellation) => throw Lacking();

    private static InvalidOperationException Lacking() => new("Called without Demand: the system cannot do this.");
}
