using System.Globalization;
using System.Text;
using Patrol.Core.Tokens;
using Patrol.Server.Access;

namespace Patrol.Server.Telemetry;

/// <summary>
/// Counts what operators watch, and tells it at <c>/metrics</c> in Prometheus' text form. No label ever holds a token or a user.
/// </summary>
public sealed class Metrics
{
    private static readonly TokenVerdict[] Verdicts = Enum.GetValues<TokenVerdict>();
    private readonly long[] verifications = new long[Verdicts.Length];
    private long bans;
    private long lookUps;

    public void Verified(TokenVerdict verdict) => Interlocked.Increment(ref verifications[(int)verdict]);

    public void Banned() => Interlocked.Increment(ref bans);

    /// <summary>A token was read from the database because it was not remembered.</summary>
    public void LookedUp() => Interlocked.Increment(ref lookUps);

    /// <summary>How many tokens were read from the database so far.</summary>
    public long LookUps => Volatile.Read(ref lookUps);

    public string Render(TokenCache cache)
    {
        var text = new StringBuilder();
        void Line(string name, string labels, long value) =>
            text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value}\n");
        void Head(string name, string type, string help) =>
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

        Head("patrol_token_verifications_total", "counter", "Presented tokens, by verdict.");
        foreach (var verdict in Verdicts)
            Line("patrol_token_verifications_total", $"{{verdict=\"{verdict.ToString().ToLowerInvariant()}\"}}", Volatile.Read(ref verifications[(int)verdict]));
        Head("patrol_token_lookups_total", "counter", "Tokens read from the database because they were not remembered.");
        Line("patrol_token_lookups_total", "", LookUps);
        Head("patrol_address_bans_total", "counter", "Addresses shut out for too many unknown tokens.");
        Line("patrol_address_bans_total", "", Volatile.Read(ref bans));
        Head("patrol_tokens_cached", "gauge", "Tokens remembered by the verification cache.");
        Line("patrol_tokens_cached", "", cache.Count);
        return text.ToString();
    }
}
