using Patrol.Core.Directory;
using Patrol.Core.Doors;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Settings;

namespace Patrol.Server.Wire.Doors;

/// <summary>
/// Says what <c>/auth/verify</c> would answer a proxy that asks about a request, and which rules decide: for whoever writes them.
/// No use of the token is recorded.
/// </summary>
internal sealed class ExplainDoors(DoorsSettings settings, DoorGuard guard, TokenVerifier verifier, SettingsStore current)
{
    /// <param name="method">The request's method.</param>
    /// <param name="address">Its address: a URL, or a path.</param>
    /// <param name="text">The token's text; null for none.</param>
    /// <param name="now">When it would be asked.</param>
    /// <returns>Whether the door opens, and lines for people.</returns>
    public async Task<(bool Opens, List<string> Lines)> Handle(string method, string address, string? text, DateTimeOffset now)
    {
        var lines = new List<string> { $"{method} {address}" };
        if (settings.Rules is not { } rules)
            return (false, [.. lines, "There are no rules: start with --doors FILE."]);
        var (host, uri) = Split(address);
        if (!DoorPath.Parse(uri).Succeeded(out var path, out var unreadable))
            return Shut(lines, DoorRefusal.BadForwarding(unreadable));
        if (DoorRules.Find(rules, new DoorRequest(method, host, path)) is not { } binding)
            return Shut(lines, DoorRefusal.NoRule);

        var (caller, refusal) = await Identify(text, now, lines);
        if (binding.All(one => one.Rule.Requirement.Public))
            refusal = null;
        for (var i = 0; i < binding.Count; i++)
        {
            var (rule, resource) = binding[i];
            var loosely = i < binding.Count - 1 ? ", which binds too: a service that reads paths loosely may take this path for it" : "";
            lines.Add($"rule {settings.File}:{rule.Line}: {rule.Path.Text}{loosely}");
            lines.AddRange(Needs(rule, resource).Select(need => $"  {need}"));
            refusal ??= await guard.Check(rule.Requirement, resource, caller, now);
        }
        if (refusal is not null)
            return Shut(lines, refusal);
        lines.Add("opens: 204");
        return (true, lines);
    }

    private async Task<(Caller? Caller, DoorRefusal? Refusal)> Identify(string? text, DateTimeOffset now, List<string> lines)
    {
        if (text is null)
        {
            lines.Add("token: none");
            return (null, null);
        }
        var token = await verifier.Find(text, now);
        var verdict = token is null ? TokenVerdict.Unknown : verifier.Judge(token, now);
        if (token is not null)
            lines.Add($"token: {token.Token.Id} of {token.Owner.Username}, scopes {token.ScopesText}, expires {token.ExpiresOnText ?? "never"}");
        return verdict == TokenVerdict.Good
            ? (new Caller(token!.Owner, token, null, current.Current.AdminMode), null)
            : (null, DoorRefusal.Of(verdict));
    }

    private static IEnumerable<string> Needs(DoorRule rule, string? resource)
    {
        var requirement = rule.Requirement;
        if (requirement.Public)
            yield return "public";
        foreach (var scope in requirement.Scopes)
            yield return $"scope {scope.Name}";
        if (requirement.NeedsGroup is { } isGroup)
        {
            yield return $"{(isGroup ? "group" : "project")} {resource}, "
                + (requirement.Level > AccessLevel.None ? $"at least {requirement.Level.ToString().ToLowerInvariant()}" : "visible")
                + (requirement.VisibilityOpens ? ", or visible to everybody" : "");
        }
    }

    private static (bool Opens, List<string> Lines) Shut(List<string> lines, DoorRefusal refusal) =>
        (false, [.. lines, $"shut: {refusal.Status} {refusal.Reason}: {refusal.Description}{(refusal.Scope is null ? "" : $" Needed: {refusal.Scope}.")}"]);

    private static (string Host, string Uri) Split(string address)
    {
        if (address.IndexOf("://", StringComparison.Ordinal) is not (>= 0 and var scheme))
            return ("", address);
        var rest = address[(scheme + 3)..];
        var slash = rest.IndexOf('/');
        return slash < 0 ? (ForwardedRequest.PlainHost(rest), "/") : (ForwardedRequest.PlainHost(rest[..slash]), rest[slash..]);
    }
}
