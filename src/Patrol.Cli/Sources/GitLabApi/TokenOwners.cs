using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.GitLabApi;

/// <summary>
/// Whose the tokens of a list are: owners, the projects and groups of bots, and which tokens are impersonation tokens, which lists
/// do not tell. Everything is looked up once.
/// </summary>
internal sealed partial class TokenOwners(GitLabClient client, Secret token, GitLabUser signedIn)
{
    private const int AtOnce = 8;

    private readonly Dictionary<long, Owner> known = [];
    private readonly Dictionary<(bool IsGroup, long Id), string?> paths = [];

    /// <summary>The tokens with their owners, in the same order.</summary>
    public async Task<List<FoundToken>> Resolve(List<GitLabToken> tokens, CancellationToken cancellation)
    {
        var missing = tokens.Select(one => one.UserId).Distinct().Where(id => !known.ContainsKey(id)).ToList();
        var found = new Owner[missing.Count];
        await Parallel.ForAsync(0, missing.Count, Options(cancellation), async (i, cancelled) => found[i] = await LookUp(missing[i], cancelled));
        var unknown = found.Select(owner => owner.Place).OfType<(bool IsGroup, long Id)>().Distinct().Where(place => !paths.ContainsKey(place)).ToList();
        var looked = new string?[unknown.Count];
        await Parallel.ForAsync(0, unknown.Count, Options(cancellation), async (i, cancelled) => looked[i] = await Path(unknown[i], cancelled));
        for (var i = 0; i < missing.Count; i++)
            known.Add(missing[i], found[i]);
        for (var i = 0; i < unknown.Count; i++)
            paths.Add(unknown[i], looked[i]);
        return tokens.ConvertAll(one => Found(one, known[one.UserId]));
    }

    private static ParallelOptions Options(CancellationToken cancellation) => new() { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };

    private FoundToken Found(GitLabToken one, Owner owner)
    {
        var impersonation = one.Impersonation || owner.Impersonating.Contains(one.Id);
        return new FoundToken
        {
            Id = one.Id,
            Name = one.Name ?? "",
            Owner = owner.User.Username,
            Email = owner.User.Email ?? "",
            OwnerState = owner.User.State,
            Resource = owner.Place is { } place ? new FoundResource(place.IsGroup, place.Id, paths[place]) : null,
            Scopes = one.Scopes ?? [],
            Revoked = one.Revoked == true,
            ExpiresAt = one.ExpiresAt,
            CreatedAt = one.CreatedAt,
            LastUsedAt = one.LastUsedAt,
            Impersonation = impersonation,
            Sort = owner.Place is { IsGroup: true } ? TokenSort.Group
                : owner.Place is not null ? TokenSort.Project
                : owner.User.Bot || owner.User.Username.StartsWith("service_account_", StringComparison.Ordinal) ? TokenSort.ServiceAccount
                : impersonation ? TokenSort.Impersonation : TokenSort.Personal,
        };
    }

    private async Task<Owner> LookUp(long id, CancellationToken cancellation)
    {
        var user = id == signedIn.Id ? signedIn : await client.User(token, id, cancellation) ?? new GitLabUser { Id = id };
        if (BotName().Match(user.Username) is { Success: true } bot && long.TryParse(bot.Groups["id"].Value, CultureInfo.InvariantCulture, out var place))
            return new Owner(user, (bot.Groups["kind"].Value == "group", place), []);
        var impersonating = new HashSet<long>();
        if (signedIn.IsAdmin && !user.Bot)
        {
            try
            {
                await foreach (var page in client.Impersonating(token, id, cancellation))
                    impersonating.UnionWith(page.Select(one => one.Id));
            }
            catch (ApiFault fault) when (fault.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
            {
                // Impersonation is switched off, or the user is gone: then there are none that work.
            }
        }
        return new Owner(user, null, impersonating);
    }

    private async Task<string?> Path((bool IsGroup, long Id) place, CancellationToken cancellation)
    {
        try
        {
            return await client.PathOf(token, place.IsGroup, place.Id, cancellation);
        }
        catch (ApiFault fault) when (fault.Status is HttpStatusCode.Forbidden)
        {
            return null;
        }
    }

    // GitLab names the bots of projects and groups so, and no API says it otherwise.
    [GeneratedRegex(@"^(?<kind>project|group)_(?<id>\d+)_bot", RegexOptions.ExplicitCapture)]
    private static partial Regex BotName();

    private sealed record Owner(GitLabUser User, (bool IsGroup, long Id)? Place, HashSet<long> Impersonating);
}
