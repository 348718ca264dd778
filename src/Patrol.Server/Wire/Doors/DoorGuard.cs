using System.Net;
using Patrol.Core.Doors;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;
using Patrol.Server.Access;
using Patrol.Server.Members;
using Patrol.Server.Settings;
using Patrol.Server.Storage;

namespace Patrol.Server.Wire.Doors;

/// <summary>Who stands at a door, once the token is verified.</summary>
/// <param name="Caller">Who; null where no token came, or a bad one.</param>
/// <param name="Token">The token, unless none came or it is unknown.</param>
/// <param name="Refusal">Why the door stays shut; null if it opens as far as the token goes.</param>
internal readonly record struct Visitor(Caller? Caller, TokenSnapshot? Token, DoorRefusal? Refusal);

/// <summary>Verifies who came, and whether they satisfy what a door requires.</summary>
internal sealed class DoorGuard(TokenVerifier verifier, RememberedAccess access, SettingsStore settings)
{
    /// <summary>Verifies the token that came.</summary>
    /// <exception cref="DatabaseAwayException">It had to be looked up, and the database is away.</exception>
    public async ValueTask<Visitor> Identify(PresentedToken presented, IPAddress? address, DateTimeOffset now)
    {
        if (presented.Refusal is not null)
            return new Visitor(null, null, presented.Refusal);
        if (presented.Text is null)
            return default;
        var (verdict, token, banned) = await verifier.Verify(presented.Text, address, now);
        return banned ? new Visitor(null, null, DoorRefusal.Banned)
            : verdict == TokenVerdict.Good ? new Visitor(new Caller(token!.Owner, token, address, settings.Current.AdminMode), token, null)
            : new Visitor(null, token, DoorRefusal.Of(verdict));
    }

    /// <summary>Whether somebody satisfies a requirement.</summary>
    /// <returns>Null if so.</returns>
    public async ValueTask<DoorRefusal?> Check(DoorRequirement requirement, string? resource, Caller? caller, DateTimeOffset now)
    {
        ResourceAccess? found = null;
        // What a missing scope refuses anyway is not looked up.
        if (requirement is { Public: false, NeedsGroup: { } isGroup } && (caller is null ? requirement.VisibilityOpens : DoorDecision.MissingScope(requirement, caller.Token.Token.Scopes) is null))
            found = await access.Of(caller, isGroup, resource!, now);
        return DoorDecision.Decide(requirement, caller?.Token.Token.Scopes, found) switch
        {
            DoorOutcome.Open => null,
            DoorOutcome.TokenNeeded => DoorRefusal.Missing,
            DoorOutcome.ScopeMissing => DoorRefusal.InsufficientScope(Names(requirement.Scopes)),
            DoorOutcome.Hidden => DoorRefusal.Hidden,
            _ => DoorRefusal.LevelTooLow,
        };
    }

    /// <summary>The groups that the caller is a member of, for the services behind the door.</summary>
    public ValueTask<string> GroupsOf(Caller caller, DateTimeOffset now) => access.GroupsOf(caller, now);

    private static string Names(IReadOnlyList<Scope> scopes) => string.Join(' ', scopes.Select(scope => scope.Name));
}
