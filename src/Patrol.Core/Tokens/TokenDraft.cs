using Patrol.Core.Directory;
using Patrol.Core.Lifetimes;
using Patrol.Core.Results;
using Patrol.Core.Scopes;

namespace Patrol.Core.Tokens;

/// <summary>What somebody asks a new token to be, checked.</summary>
/// <param name="Name">1 to 255 characters, need not be unique.</param>
/// <param name="Description">At most 255 characters, or null.</param>
/// <param name="Scopes">At least one.</param>
/// <param name="ExpiresOn">The UTC day at whose start it stops working, or null.</param>
public sealed record TokenDraft(string Name, string? Description, ScopeSet Scopes, DateOnly? ExpiresOn)
{
    /// <summary>The longest name or description, in characters.</summary>
    public const int MaximumLength = 255;

    /// <summary>Checks what is asked for.</summary>
    /// <param name="name">The name.</param>
    /// <param name="description">The description, if any.</param>
    /// <param name="scopes">The scopes.</param>
    /// <param name="expiresOn">The expiry date, the default already filled in.</param>
    /// <param name="policy">How long tokens may last.</param>
    /// <param name="today">The UTC day of the request.</param>
    /// <param name="ownerIsAdministrator">The token's user is an administrator.</param>
    /// <param name="ownerIsBot">The token's user is the bot of a project or group.</param>
    public static Result<TokenDraft> Check(
        string name, string? description, ScopeSet scopes, DateOnly? expiresOn, LifetimePolicy policy, DateOnly today,
        bool ownerIsAdministrator, bool ownerIsBot)
    {
        if (string.IsNullOrWhiteSpace(name))
            return new Refusal.Invalid("name", "can't be blank");
        if (NameRules.CheckLength("name", name, MaximumLength).Refusal is { } longName)
            return longName;
        if (NameRules.CheckLength("description", description ?? "", MaximumLength).Refusal is { } longDescription)
            return longDescription;
        if (scopes.Names.Count == 0)
            return new Refusal.Invalid("scopes", "can't be blank");
        foreach (var scope in scopes.Names)
        {
            if (ScopeCatalog.Find(scope) is not { } known || !ScopeCatalog.MayHold(known, ownerIsAdministrator, ownerIsBot))
                return new Refusal.Invalid("scopes", "can only contain available scopes");
        }
        return policy.Check(expiresOn, today).Map(date => new TokenDraft(name, description, scopes, date));
    }
}
