using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Patrol.Cli.Logs;

/// <summary>
/// Gathers failed requests by token and reason, from several threads. A request counts once, in however many lines and files it is
/// logged: GitLab notes a failure when it counts requests for its rate limits, and again where it refuses. Memory is bounded: where
/// something does not fit, that is remembered.
/// </summary>
internal sealed class FailingTokens
{
    private const int MostTokens = 1_000_000;
    private const int MostCharacters = 16 << 20;
    private const int MostCharactersOfNames = 1 << 20;

    private readonly Lock turn = new();
    private readonly Dictionary<FailureKey, FailingToken> tokens = [];
    private readonly RequestSet seen = new();
    private readonly TextPool names = new(MostCharactersOfNames);
    private readonly TextPool values = new(MostCharacters);

    public int Count => tokens.Count;

    /// <summary>Requests counted.</summary>
    public long Requests { get; private set; }

    /// <summary>Requests of tokens that there was no room for.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Whether a request that was logged twice may have been counted twice.</summary>
    public bool MayCountTwice => seen.IsFull;

    /// <summary>The tokens, those with the most requests first, among equals those that failed last.</summary>
    public IEnumerable<FailingToken> Ordered() => tokens.Values
        .OrderByDescending(token => token.Count).ThenByDescending(token => token.LastSeen ?? DateTimeOffset.MinValue)
        .ThenBy(token => token.Key.Id).ThenBy(token => token.Key.Type, StringComparer.Ordinal).ThenBy(token => token.Key.Reason, StringComparer.Ordinal);

    public void Add(FailedRequest request)
    {
        var hash = HashOf(request);
        lock (turn)
        {
            var token = Find(request);
            token?.SeenAt(request.Time);
            if (hash is { } one && !seen.Add(one))
                return;
            token?.Add(request, values);
            if (token is null)
                LeftOut++;
            else
                Requests++;
        }
    }

    // With the token and reason: should one request name two tokens, it counts once for each.
    private static ulong? HashOf(FailedRequest request)
    {
        if (request.CorrelationId.Text.IsEmpty)
            return null;
        var hash = Hash(request.CorrelationId, 0);
        hash = Hash(request.Reason, hash);
        return Hash(request.Token, hash);
    }

    private static ulong Hash(TextField field, ulong seed) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(field.Text), (long)seed);

    private FailingToken? Find(FailedRequest request)
    {
        var token = request.Token.Text;
        // PersonalAccessToken/12; what has no id is told apart by its type alone.
        var slash = token.LastIndexOf('/');
        if (!long.TryParse(token[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            slash = token.Length;
        var type = token.IsEmpty ? request.TokenType.Text : token[..Math.Max(slash, 0)];
        if (names.Get(request.Reason.Text) is not { } reason || names.Get(type) is not { } kept)
            return null;
        var key = new FailureKey(reason, kept, slash == token.Length ? null : number);
        if (!tokens.TryGetValue(key, out var known) && tokens.Count < MostTokens)
            tokens.Add(key, known = new FailingToken(key));
        return known;
    }
}
