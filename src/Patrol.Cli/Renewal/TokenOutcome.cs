using Patrol.Cli.Failures;

namespace Patrol.Cli.Renewal;

/// <summary>How the renewal of a token ended.</summary>
internal enum TokenState
{
    Renewed,

    /// <summary>The new token is in use; the old one lives until <c>finish</c>.</summary>
    Kept,

    NotDue,

    /// <summary>It was refused or given up; everything is as it was before.</summary>
    Failed,

    /// <summary>It stopped on the way; the old token lives, and <c>resume</c> goes on.</summary>
    Unfinished,

    /// <summary>It was left as it stood when somebody ended it by <c>finish --force</c>: old and new tokens live on.</summary>
    Abandoned,

    /// <summary>A dry run would renew it.</summary>
    Due,
}

/// <summary>What a run came to for one token.</summary>
/// <param name="Token">The planned token's name.</param>
/// <param name="State">How it ended.</param>
/// <param name="Message">What people should know, in one line.</param>
internal sealed record TokenOutcome(string Token, TokenState State, string Message)
{
    public long? NewId { get; init; }

    public DateOnly? ExpiresOn { get; init; }

    public IReadOnlyList<KnownToken> Old { get; init; } = [];

    public IReadOnlyList<string> Holders { get; init; } = [];

    /// <summary>Other tokens of the same owner that work.</summary>
    public IReadOnlyList<KnownToken> Others { get; init; } = [];

    /// <summary>What else should be looked at.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public ExitCode Code { get; init; }

    public static TokenOutcome Of(string token, CliFailure failure, TokenState state = TokenState.Failed) => new(token, state, failure.Message) { Code = failure.Code };
}
