using Patrol.Cli.Sources;

namespace Patrol.Cli.Logs;

/// <summary>What to do about a failing token. The reasons are GitLab's (<c>meta.auth_fail_reason</c>).</summary>
internal static class NextStep
{
    /// <param name="failure">What failed, and why.</param>
    /// <param name="looked">Whether a system was asked for the token.</param>
    /// <param name="token">What it said; null if it has none with that id.</param>
    /// <param name="today">The UTC day.</param>
    public static string For(FailingToken failure, bool looked, FoundToken? token, DateOnly today) => failure.Key switch
    {
        { PersonalId: { } id } when looked && token is null =>
            $"There is no token {id} any more: make a new one (patrol create) and give it to these clients.",
        { PersonalId: { } id } => Personal(failure, id, token, today),
        { Type: "OauthAccessToken", Reason: "token_expired" or "token_revoked" } =>
            "A token that an application got by OAuth: the application has to renew it, or its user to authorise it again.",
        { Type: "CiJobToken" } => "A job's token works while its job runs: look for what keeps it for longer.",
        { Type: "DeployToken" } => "A deploy token: make a new one in the settings of its project or group, and give it to these clients.",
        { Type: "" } => "The log does not tell which token: look for it where these clients run.",
        _ => "patrol does not look after tokens of this type.",
    };

    private static string Personal(FailingToken failure, long id, FoundToken? token, DateOnly today) => failure.Key.Reason switch
    {
        // The state has changed since the log was written.
        "token_expired" when token?.StateOn(today) == FoundState.Active => $"{Since(token)} Nothing is left to do.",
        "token_revoked" when token?.StateOn(today) == FoundState.Active => "It was revoked and is active again. Nothing is left to do.",
        "token_expired" when token is { Revoked: false, ExpiresAt: { } day } =>
            $"It expired on {day:yyyy-MM-dd}. {Renew(id)} Not ready for that? More time for all tokens of that day: patrol extend --expires-on {day:yyyy-MM-dd} {MoreTime(day, today)}",
        "token_expired" when token is null => $"It has expired. {Renew(id)} More time instead: patrol extend",
        "token_expired" or "token_revoked" =>
            $"It was revoked. Give these clients the token that replaced it, or a new one (patrol create); what is known of it: patrol show {id}",
        "insufficient_scope" => $"It lacks a scope{Wanted(failure)}. Scopes of a token cannot be changed: make one that has it (patrol create --scope), and give it to these clients.",
        "impersonation_disabled" =>
            "Impersonation is switched off. Give these clients a personal token, or switch it on: in GitLab gitlab_rails['impersonation_enabled'] = true in gitlab.rb, on a Patrol server in its settings.",
        var other => $"GitLab refused it with {other}; what is known of the token: patrol show {id}",
    };

    // A month from the old date lies behind us if that is long ago.
    private static string MoreTime(DateOnly day, DateOnly today) => day.AddMonths(1) > today ? "--by 1mo" : $"--to {today.AddMonths(1):yyyy-MM-dd}";

    private static string Since(FoundToken token) =>
        token.ExpiresAt is { } day ? $"It has been given more time since, until {day:yyyy-MM-dd}." : "It has been made endless since.";

    private static string Renew(long id) => $"Renew it (patrol rotate {id}) and give these clients the new one.";

    private static string Wanted(FailingToken failure) => failure.Scopes.Texts() is not { Count: > 0 } wanted ? ""
        : $": {string.Join(", or ", wanted.Select(scopes => scopes.Contains(' ', StringComparison.Ordinal) ? $"one of {scopes.Replace(" ", ", ", StringComparison.Ordinal)}" : scopes))}";
}
