using System.Net;
using System.Runtime.CompilerServices;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.GitLabApi;

/// <summary>
/// GitLab through its REST API; also a Patrol server, which speaks it. An administrator's token sees all tokens, others their own
/// owner's. What it leaves to others: requests (<see cref="GitLabClient"/>), owners (<see cref="TokenOwners"/>), changes
/// (the other half of this class).
/// </summary>
internal sealed partial class GitLabApiSource : ISource
{
    private readonly GitLabClient client;
    private readonly SourceTarget target;
    private Secret? signInToken;
    private GitLabToken? self;
    private GitLabUser? signedIn;
    private TokenOwners? owners;

    private GitLabApiSource(GitLabClient client, SourceTarget target)
    {
        (this.client, this.target) = (client, target);
        signInToken = target.TokenIfAny("GITLAB_TOKEN");
    }

    public string Name => client.Name;

    public static Task<ISource> Open(SourceTarget target, CancellationToken cancellation) =>
        Task.FromResult<ISource>(new GitLabApiSource(new GitLabClient(ApiAddress.Read("gitlab", target.Address, "api/v4")), target));

    public string? WhyNot(Ability ability) => ability switch
    {
        Ability.ChangeExpiry => "GitLab's API cannot change an expiry date, nor take back a revocation: use --gitlab-db, or rotate the token.",
        Ability.UndoRotation => UndoLines.NoWayBack(Name),
        _ => null,
    };

    public async Task<ExpiryAnalysis> Analyze(CancellationToken cancellation)
    {
        var counter = new ExpiryCounter();
        await foreach (var page in List([], cancellation))
            page.ForEach(one => counter.Add(one.ExpiresAt));
        return new ExpiryAnalysis(null, counter.Biggest()) { TellsMigration = false };
    }

    public async Task<IReadOnlyList<ExpiryCount>> ComingDates(int top, CancellationToken cancellation)
    {
        var counter = new ExpiryCounter();
        await foreach (var page in List([$"expires_after={target.Today.AddDays(1):yyyy-MM-dd}"], cancellation))
            page.ForEach(one => counter.Add(one.ExpiresAt));
        return counter.Coming(target.Today, top);
    }

    public async IAsyncEnumerable<FoundToken> Find(TokenFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var user = await SignedIn(cancellation);
        var query = TokenQuery.Of(filter);
        if (filter.Owner is { } name)
        {
            if (await client.UserNamed(Token, name, cancellation) is not { } owner)
                yield break;
            if (!user.IsAdmin && owner.Id != user.Id)
                throw new CliFailure(ExitCode.NotAllowed, $"Only administrators see the tokens of others: the token belongs to {user.Username}.");
            query.Add($"user_id={owner.Id}");
        }
        await foreach (var page in filter.Ids is { } ids ? ById(ids, cancellation) : List(query, cancellation))
        {
            page.RemoveAll(one => !filter.PicksDates(one.ExpiresAt, one.CreatedAt, one.LastUsedAt) || !filter.PicksState(one.Revoked == true, one.ExpiresAt <= filter.Today));
            foreach (var token in await owners!.Resolve(page, cancellation))
            {
                if (filter.Picks(token))
                    yield return token;
            }
        }
    }

    /// <summary>The API tells what a token is only to the token itself, and of dead ones only why they are refused.</summary>
    public async Task<FoundToken?> FindText(Secret text, CancellationToken cancellation)
    {
        GitLabToken found;
        try
        {
            found = await client.Self(text, cancellation);
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.Unauthorized)
        {
            // "401 Unauthorized" is what GitLab says of a text that no token has.
            if (fault.Words.Length == 0 || fault.Words.StartsWith("401", StringComparison.Ordinal))
                return null;
            throw new CliFailure(ExitCode.SomeRefused, $"GitLab refuses this token: {fault.Words} Which one it is, its API does not tell; --gitlab-db with --gitlab-secrets finds it.", fault);
        }
        // Without a token to sign in with, the text itself is one.
        signInToken ??= text;
        await SignedIn(cancellation);
        return (await owners!.Resolve([found], cancellation)).Single();
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private Secret Token => signInToken ??= target.Token("GITLAB_TOKEN");

    private async Task<GitLabUser> SignedIn(CancellationToken cancellation)
    {
        if (signedIn is not null)
            return signedIn;
        // Says better than any other call what is wrong with a token, or with the address.
        self = await client.Self(Token, cancellation);
        try
        {
            signedIn = await client.CurrentUser(Token, cancellation);
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.Forbidden)
        {
            // A token that may only rotate itself may not even ask whose it is.
            signedIn = new GitLabUser { Id = self.UserId };
        }
        owners = new TokenOwners(client, Token, signedIn);
        return signedIn;
    }

    private async IAsyncEnumerable<List<GitLabToken>> List(IReadOnlyList<string> query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var user = await SignedIn(cancellation);
        if (!user.IsAdmin && user.Username.Length > 0)
            target.Say($"Signed in as {user.Username}, who is no administrator: only {user.Username}'s own tokens are seen, without impersonation tokens.");
        await foreach (var page in client.List(Token, query, cancellation))
            yield return page;
    }

    private async IAsyncEnumerable<List<GitLabToken>> ById(IReadOnlyList<long> ids, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var id in ids.Distinct().Order())
        {
            GitLabToken? token;
            try
            {
                token = id == self!.Id ? self : await client.Token(Token, id, cancellation);
            }
            catch (ApiFault fault) when (fault.Status == HttpStatusCode.Unauthorized && !signedIn!.IsAdmin)
            {
                // So GitLab answers for tokens of others and for ids that there are not: which of both, it does not tell.
                target.Say($"Token {id} is not {signedIn.Username}'s, or does not exist; only administrators see others'.");
                continue;
            }
            if (token is not null)
                yield return [token];
        }
    }

    private static FoundToken Bare(GitLabToken one) => new()
    {
        Id = one.Id,
        Sort = TokenSort.Personal,
        Name = one.Name ?? "",
        Owner = "",
        Email = "",
        Scopes = one.Scopes ?? [],
        Revoked = one.Revoked == true,
        ExpiresAt = one.ExpiresAt,
        CreatedAt = one.CreatedAt,
        LastUsedAt = one.LastUsedAt,
        Impersonation = one.Impersonation,
    };
}
