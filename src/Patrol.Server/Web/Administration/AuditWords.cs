using System.Text.RegularExpressions;

namespace Patrol.Server.Web.Administration;

/// <summary>
/// The trail in the reader's language. Rows are written once, in English, by whoever acts; here their sentences are known again by
/// the action, so that a token's name is never taken for one.
/// </summary>
public static class AuditWords
{
    /// <summary>What is acted on, and its name.</summary>
    public static readonly IReadOnlyList<(string Value, string Name)> Kinds =
    [
        ("token", "Token"), ("user", "User"), ("project", "Project"), ("group", "Group"), ("settings", "Settings"), ("hook", "Webhook"),
        ("client", "Asking service"), ("registry_key", "Registry key"),
    ];

    /// <summary>The sentences of an action, with places for the values in them.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Sentences = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["token.create"] =
        [
            "personal token for {0}, scopes {1}", "impersonation token for {0}, scopes {1}", "project token for {0}, scopes {1}",
            "group token for {0}, scopes {1}", "atlassian token for {0}",
        ],
        ["token.rotate"] = ["replaced by token {0}"],
        ["token.renew"] = ["renewed by token {0}, revoked", "renewed by token {0}, to be revoked at {1}"],
        ["token.retire"] = ["it was renewed, and its time to go on working is over"],
        ["token.reuse_detected"] = ["A revoked token was used to rotate, from {0}. Revoked with it: {1}"],
        ["token.prune"] = ["{0} Atlassian tokens that had expired {1} days before"],
        ["token.import"] = ["{0} tokens"],
        ["token.bulk.extend"] = ["{0} tokens: expiry set to {1}", "{0} tokens: expiry put off by {1}"],
        ["token.bulk.remove_expiry"] = ["{0} tokens: expiry removed"],
        ["token.bulk.move_expiry"] = ["{0} tokens: expiry moved from {1} to {2}"],
        ["token.bulk.revoke"] = ["{0} tokens: revoked", "{0} tokens that would have lasted longer than {1} days"],
        ["user.create"] = ["{0}, administrator"],
        ["user.update"] = ["nothing of weight"],
        ["user.delete"] = ["{0}, and the groups {1}", "{0}: no active token for 30 days"],
        ["session.open"] = ["with token {0}"],
        ["member.add"] = ["{0} as {1} of {2}"],
        ["member.change"] = ["{0} from {1} to {2} of {3}"],
        ["member.remove"] = ["{0} from {1}"],
        ["identity.link"] = ["{0} of {1}"],
        ["settings.change"] = ["nothing changed"],
    };

    /// <summary>What a change of an account lists, before a colon and the values.</summary>
    public static readonly IReadOnlyList<string> Fields = ["username", "name", "email", "administrator", "external", "can create groups", "password"];

    /// <summary>How others came to use the actor's rights.</summary>
    public static readonly string[] Ways = ["sudo by {0}, token {1}", "impersonation token {0}"];

    /// <summary>What kind of thing was acted on.</summary>
    public static string Kind(Language words, string kind) => Kinds.FirstOrDefault(one => one.Value == kind).Name is { } name ? words[name] : kind;

    /// <summary>How others came to use the actor's rights, as a row says it.</summary>
    public static string Via(Language words, string via) => Known(words, Ways, via) ?? via;

    /// <summary>A row's details.</summary>
    public static string Detail(Language words, string action, string detail)
    {
        if (words == Language.English)
            return detail;
        if (Known(words, Sentences.GetValueOrDefault(action, []), detail) is { } known)
            return known;
        return action == "user.update" ? string.Join("; ", detail.Split("; ").Select(Change)) : detail;

        string Change(string change)
        {
            var field = change.Split(": ")[0];
            return Fields.Contains(field) ? words[field] + change[field.Length..] : change;
        }
    }

    // Null if it is none of these.
    private static string? Known(Language words, string[] sentences, string text)
    {
        foreach (var sentence in sentences)
        {
            var match = Regex.Match(text, $"^{Regex.Replace(Regex.Escape(sentence), @"\\\{\d}", "(.+?)")}$", RegexOptions.Singleline | RegexOptions.CultureInvariant);
            if (match.Success)
                return words[sentence, [.. match.Groups.Values.Skip(1).Select(group => group.Value)]];
        }
        return null;
    }
}
