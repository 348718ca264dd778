using System.Net;
using System.Runtime.CompilerServices;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Lifetimes;
using Patrol.Core.Scopes;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.Atlassian;

/// <summary>
/// Jira or Confluence Data Center: one's own tokens, and everybody's where the instance lets an administrator see them, which
/// Atlassian does not document: experimental on a real instance. Tokens there carry no scopes and end at an instant, not a day.
/// </summary>
internal sealed class AtlassianSource : ISource
{
    private readonly AtlassianProduct product;
    private readonly AtlassianClient client;
    private readonly SourceTarget target;
    private Secret? signInToken;
    private AtlassianUser? signedIn;

    private AtlassianSource(AtlassianProduct product, AtlassianClient client, SourceTarget target)
    {
        (this.product, this.client, this.target) = (product, client, target);
        signInToken = target.TokenIfAny(product.Variable);
    }

    public string Name => client.Name;

    public static Task<ISource> OpenJira(SourceTarget target, CancellationToken cancellation) => Task.FromResult<ISource>(Open(AtlassianProduct.Jira, target));

    public static Task<ISource> OpenConfluence(SourceTarget target, CancellationToken cancellation) => Task.FromResult<ISource>(Open(AtlassianProduct.Confluence, target));

    public string? WhyNot(Ability ability) => ability switch
    {
        Ability.ChangeExpiry => $"A token of {product.Name} keeps its end: make a new one with `patrol rotate`, which revokes the old one.",
        Ability.UndoRotation => UndoLines.NoWayBack(Name),
        _ => null,
    };

    public async Task<ExpiryAnalysis> Analyze(CancellationToken cancellation) =>
        new ExpiryAnalysis(null, (await Count(cancellation)).Biggest()) { TellsMigration = false };

    public async Task<IReadOnlyList<ExpiryCount>> ComingDates(int top, CancellationToken cancellation) => (await Count(cancellation)).Coming(target.Today, top);

    public async IAsyncEnumerable<FoundToken> Find(TokenFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var user = await SignedIn(cancellation);
        if (await client.All(Token, cancellation) is { } all)
        {
            target.Say($"All users' tokens, by a search that Atlassian does not document: experimental on a real {product.Name}.");
        }
        else
        {
            target.Say($"Signed in as {NameOf(user)}: {product.Name} shows only {NameOf(user)}'s own tokens.");
            all = await client.Own(Token, cancellation);
        }
        foreach (var token in all.Select(one => Found(one, user)).OrderBy(token => token.Id).Where(filter.Picks))
            yield return token;
    }

    /// <summary>No API tells which token has a text; only whose it is, and that only while it works.</summary>
    public async Task<FoundToken?> FindText(Secret text, CancellationToken cancellation)
    {
        AtlassianUser user;
        try
        {
            user = await client.CurrentUser(text, cancellation);
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.Unauthorized)
        {
            return null;
        }
        signInToken ??= text;
        var own = Working(await client.Own(text, cancellation));
        return own is [var only]
            ? Found(only, user)
            : throw new CliFailure(
                ExitCode.SomeRefused, $"The token works and belongs to {NameOf(user)}, who has {own.Count}; which of them it is, {product.Name} does not tell. See: patrol find --owner {NameOf(user)}");
    }

    public async Task<ChangePlan> Plan(TokenChange change, TokenFilter which, CancellationToken cancellation) =>
        change is TokenChange.Revoke ? await IdPlan.Of(this, change, which, cancellation) : throw CliFailure.Usage(WhyNot(Ability.ChangeExpiry)!);

    public async Task<ChangeOutcome> CarryOut(ChangePlan plan, UndoLog undo, Action<ChangeProgress> progress, CancellationToken cancellation)
    {
        var own = (await client.Own(Token, cancellation)).Select(one => one.Id).ToHashSet();
        return await OneByOne.Revoke((IdPlan)plan, product.Option, Name, undo, Revoke, progress, cancellation);

        async Task Revoke(long id)
        {
            try
            {
                await client.Revoke(Token, id, CancellationToken.None);
            }
            catch (ApiFault fault) when (fault.Status == HttpStatusCode.NotFound)
            {
                // One's own is gone. Of others' tokens nobody knows whether a real instance says so to administrators, too, or hides them.
                if (!own.Contains(id))
                    throw new ApiFault($"{Name} answers 404 for token {id}: it is gone, or may not be revoked from here. Look with `patrol find`, or revoke it in the administration pages.", fault.Status, ExitCode.SomeRefused, fault);
            }
        }
    }

    public Task<int> MaximumLifetime(CancellationToken cancellation) => Task.FromResult(LifetimePolicy.Atlassian.MaximumDays);

    public async Task<CheckedOrder> Check(TokenOrder order, CancellationToken cancellation)
    {
        if (order.Text is not null)
            throw CliFailure.Usage($"{product.Name} cannot give a token a text of your own: leave --token-stdin out.");
        if (order.Scopes.Count > 0)
            throw CliFailure.Usage($"Tokens of {product.Name} carry no scopes, but everything that their owner may do: leave --scope out.");
        if (order.ExpiresOn <= target.Today)
            throw CliFailure.Usage($"--expires: {order.ExpiresOn:yyyy-MM-dd} is not in the future.");
        var user = NameOf(await SignedIn(cancellation));
        if (!string.Equals(order.User, user, StringComparison.OrdinalIgnoreCase))
            throw new CliFailure(ExitCode.NotAllowed, $"In {product.Name} everybody makes tokens for themselves: the token that signs in belongs to {user}, not to {order.User}.");
        return new CheckedOrder(0, user, "active", new TokenDraft(order.Name, null, ScopeSet.None, order.ExpiresOn), null);
    }

    public async Task<UndoOutcome> Undo(UndoFile file, bool dryRun, Action<ChangeProgress> progress, CancellationToken cancellation)
    {
        // No file of this system holds dates.
        _ = UndoLines.Read(file, product.Option, Name);
        return await OneByOne.UndoCreation(this, file, dryRun, target.Today, id => client.Revoke(Token, id, CancellationToken.None), cancellation);
    }

    public async Task<NewToken> Create(CheckedOrder order, UndoLog undo, CancellationToken cancellation)
    {
        var user = await SignedIn(cancellation);
        var days = order.Draft.ExpiresOn is { } day ? day.DayNumber - target.Today.DayNumber : (int?)null;
        return await OneByOne.Create(product.Option, Name, order, undo, async () => Shown(await client.Create(Token, order.Draft.Name, days, cancellation), user));
    }

    /// <remarks>
    /// There is no rotation in this API. A new token of the same name and length is made, proved, and then the old one revoked, with the
    /// new one: whatever breaks in between, one of them works and is known.
    /// </remarks>
    public async Task<NewToken> Rotate(long? id, DateOnly? expiresOn, UndoLog undo, CancellationToken cancellation)
    {
        var user = await SignedIn(cancellation);
        var own = Working(await client.Own(Token, cancellation));
        var old = id is null ? own is [var only] ? only : null : own.Find(one => one.Id == id);
        if (old?.Id is not { } oldId)
        {
            throw CliFailure.Usage(id is not null
                ? $"{NameOf(user)} has no working token {id}; others' tokens nobody can rotate."
                : $"{NameOf(user)} has {own.Count} tokens, and {product.Name} does not tell which of them signs in: give its ID, one of {string.Join(", ", own.Select(one => $"{one.Id} ({one.Name})"))}.");
        }
        var days = expiresOn is { } day ? day.DayNumber - target.Today.DayNumber
            : old.EndsAt is { } end && old.CreatedAt is { } start ? (int)Math.Ceiling((end - start).TotalDays) : (int?)null;
        var made = await OneByOne.Rotate(product.Option, Name, oldId, undo, async () => Shown(await client.Create(Token, old.Name ?? "", days, cancellation), user));
        try
        {
            await client.CurrentUser(made.Text!, CancellationToken.None);
            await client.Revoke(made.Text!, oldId, CancellationToken.None);
        }
        catch (ApiFault fault)
        {
            // The new text must not be lost, so this is told and not thrown.
            target.Say($"The new token {made.Token.Id} was made, but the old one, {oldId}, was not revoked: {fault.Message}");
        }
        return made;
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private Secret Token => signInToken ??= target.Token(product.Variable);

    private static AtlassianSource Open(AtlassianProduct product, SourceTarget target) =>
        new AtlassianSource(product, new AtlassianClient(product, ApiAddress.Read(product.Option, target.Address, "rest/pat/latest/tokens")), target);

    private static string NameOf(AtlassianUser user) => user.Name ?? user.Username ?? "";

    private async Task<AtlassianUser> SignedIn(CancellationToken cancellation) => signedIn ??= await client.CurrentUser(Token, cancellation);

    private List<AtlassianToken> Working(List<AtlassianToken> tokens) => tokens.FindAll(one => one.EndsAt is not { } end || end > target.Now);

    private async Task<ExpiryCounter> Count(CancellationToken cancellation)
    {
        var counter = new ExpiryCounter();
        await foreach (var token in Find(new TokenFilter { Today = target.Today }, cancellation))
            counter.Add(token.ExpiresAt);
        return counter;
    }

    private NewToken Shown(AtlassianToken made, AtlassianUser user) =>
        new(Found(made, user), new Secret(made.RawToken ?? throw new ApiFault($"{Name} made a token, but did not show its text.", null, ExitCode.SomeRefused)));

    private FoundToken Found(AtlassianToken one, AtlassianUser user) => new()
    {
        Id = one.Id ?? 0,
        Sort = TokenSort.Personal,
        Name = one.Name ?? "",
        Owner = one.UserProfileResource is { } owner ? NameOf(owner) : NameOf(user),
        Email = one.UserProfileResource is { } other && NameOf(other) != NameOf(user) ? other.EmailAddress ?? "" : user.EmailAddress ?? "",
        Scopes = [],
        IsUnscoped = true,
        Revoked = false,
        HasExpired = one.EndsAt is { } end && end <= target.Now,
        ExpiresAt = one.EndsAt is { } day ? UtcDay.Of(day) : null,
        CreatedAt = one.CreatedAt ?? DateTimeOffset.UnixEpoch,
        LastUsedAt = one.LastAccessedAt,
        Impersonation = false,
    };
}
