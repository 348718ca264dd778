using Patrol.Server.Outbox;

namespace Patrol.Server.Notices;

/// <summary>A token that somebody is to be told of, and the end of which they are told (Unix ms).</summary>
internal readonly record struct OwedToken(long Id, long ExpiresAt);

/// <summary>What one recipient is to be told at once.</summary>
/// <param name="Kind">A person or a webhook.</param>
/// <param name="RecipientId">Which one.</param>
/// <param name="WithinDays">The window; 0 for what has ended.</param>
/// <param name="Tokens">The tokens, the soonest end first.</param>
internal sealed record Owed(RecipientKind Kind, long RecipientId, int WithinDays, IReadOnlyList<OwedToken> Tokens);

/// <summary>What is owed at an instant.</summary>
/// <param name="Notices">By recipient and window.</param>
/// <param name="Unheard">Tokens whose end nobody is there to be told of.</param>
internal sealed record OwedList(IReadOnlyList<Owed> Notices, IReadOnlyList<long> Unheard);
