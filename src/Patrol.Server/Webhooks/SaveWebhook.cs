using System.Net;
using Patrol.Core.Results;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Members;
using Patrol.Server.Settings;
using Patrol.Server.Storage;

namespace Patrol.Server.Webhooks;

/// <summary>
/// What is to be so about a webhook; null stays as it is, or as webhooks begin. With another URL the secrets do not stay: what is
/// not given with it is taken away.
/// </summary>
internal sealed record WebhookChange
{
    public string? Url { get; init; }
    public string? Name { get; init; }
    public string? Description { get; init; }
    public bool? TokenEvents { get; init; }
    public bool? VerifyTls { get; init; }

    /// <summary>An empty one takes it away.</summary>
    public Secret? Secret { get; init; }

    /// <inheritdoc cref="Secret"/>
    public Secret? SigningToken { get; init; }
}

/// <summary>Makes and changes webhooks. Who may is decided by the surface's permission rules before.</summary>
internal sealed class SaveWebhook(Database database, WebhookSecrets secrets, SettingsStore settings)
{
    private const int LongestText = 2_048;

    /// <summary>Makes a webhook.</summary>
    /// <param name="caller">Who asks; the audit trail names them.</param>
    /// <param name="resource">Whose it is to be; null for the instance's.</param>
    /// <param name="change">What it is to be.</param>
    /// <param name="now">The instant of the request.</param>
    public Task<Result<Webhook>> Create(Caller caller, ResourceRef? resource, WebhookChange change, DateTimeOffset now)
    {
        var empty = new Webhook
        {
            ResourceKind = resource?.Kind,
            ResourceId = resource?.Id,
            Uuid = Guid.NewGuid().ToString(),
            CreatedAt = now.ToUnixTimeMilliseconds(),
        };
        return database.Write<Result<Webhook>>(async scope =>
        {
            if (!Apply(change, empty).Succeeded(out var hook, out var refusal))
                return refusal;
            hook = hook with { Id = await WebhookSql.Insert(scope, hook) };
            await Note(scope, caller, "hook.create", hook, now);
            return hook;
        });
    }

    /// <summary>Changes a webhook.</summary>
    public Task<Result<Webhook>> Change(Caller caller, long id, WebhookChange change, DateTimeOffset now) => database.Write<Result<Webhook>>(async scope =>
    {
        if (await WebhookSql.Hold(scope, id) is not { } before)
            return new Refusal.NotFound("Hook");
        if (!Apply(change, before).Succeeded(out var hook, out var refusal))
            return refusal;
        await WebhookSql.Update(scope, hook);
        await Note(scope, caller, "hook.update", hook, now);
        return hook;
    });

    private Result<Webhook> Apply(WebhookChange change, Webhook before)
    {
        var hook = before with
        {
            Url = change.Url ?? before.Url,
            Name = change.Name ?? before.Name,
            Description = change.Description ?? before.Description,
            TokenEvents = change.TokenEvents ?? before.TokenEvents,
            VerifyTls = change.VerifyTls ?? before.VerifyTls,
        };
        // As in GitLab: whoever leads it elsewhere need not know its secrets, and would be sent them.
        if (hook.Url != before.Url)
            hook = hook with { Secret = null, SigningKey = null };
        if (CheckUrl(hook) is { } refusal)
            return refusal;
        if (hook.Name?.Length > LongestText || hook.Description?.Length > LongestText)
            return new Refusal.Invalid("name", $"or description is too long (maximum is {LongestText} characters)");
        if (change.Secret is { } secret)
        {
            // It travels in a header.
            if (secret.Reveal().Any(character => character is < ' ' or > '~') || secret.Reveal().Length > LongestText)
                return new Refusal.Invalid("token", $"must be printable ASCII characters, {LongestText} at most");
            hook = hook with { Secret = secret.Reveal().Length == 0 ? null : secrets.Seal(secret) };
        }
        if (change.SigningToken is { } signing)
        {
            var key = WebhookSecrets.ReadSigningKey(signing);
            if (key is null && signing.Reveal().Length > 0)
                return new Refusal.Invalid("signing_token", "must be whsec_ followed by 32 bytes in base64");
            hook = hook with { SigningKey = key is null ? null : secrets.Seal(key) };
        }
        return hook;
    }

    private static Task Note(WriteScope scope, Caller caller, string action, Webhook hook, DateTimeOffset now) =>
        AuditLog.Write(scope, caller, action, "hook", hook.Id, new Uri(hook.Url).GetLeftPart(UriPartial.Authority), now);

    private Refusal.Invalid? CheckUrl(Webhook hook)
    {
        if (hook.Url.Length > LongestText || !Uri.TryCreate(hook.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0)
            return new("url", "must be an http or https URL without a password");
        // Names are looked up when they are called.
        var local = url.IsLoopback || (IPAddress.TryParse(url.IdnHost.Trim('[', ']'), out var address) && LocalNetwork.Holds(address));
        return local && !settings.Current.AllowsLocalHook(hook.Resource is null)
            ? new("url", $"is in the local network; an administrator can allow that with {(hook.Resource is null ? "allow_local_requests_from_system_hooks" : "allow_local_requests_from_web_hooks_and_services")}")
            : null;
    }
}
