using System.Runtime.CompilerServices;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.GitLabApi;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.PatrolServer;

/// <summary>
/// A Patrol server through its own API, which is for administrators. What that has no words for, because GitLab's has, goes through
/// GitLab's: rotating, and finding users. What it leaves to others: changes of many tokens (<see cref="ServerChanges"/>).
/// </summary>
internal sealed class PatrolServerSource : ISource
{
    private readonly ServerClient client;
    private readonly GitLabClient gitLab;
    private readonly Secret token;
    private readonly SourceTarget target;

    private PatrolServerSource(Uri address, SourceTarget target)
    {
        this.target = target;
        token = target.Token("PATROL_TOKEN");
        client = new ServerClient(address, token);
        gitLab = new GitLabClient(address);
    }

    public string Name => client.Name;

    public static Task<ISource> Open(SourceTarget target, CancellationToken cancellation) =>
        Task.FromResult<ISource>(new PatrolServerSource(ApiAddress.Read("server", target.Address, "api/patrol/v1"), target));

    public string? WhyNot(Ability ability) => ability == Ability.UndoRotation ? UndoLines.NoWayBack(Name) : null;

    public async Task<ExpiryAnalysis> Analyze(CancellationToken cancellation)
    {
        var counter = await Count(cancellation);
        counter.Add(null, await client.Count("no_expiry=true", cancellation));
        return new ExpiryAnalysis(null, counter.Biggest()) { TellsMigration = false };
    }

    public async Task<IReadOnlyList<ExpiryCount>> ComingDates(int top, CancellationToken cancellation) => (await Count(cancellation)).Coming(target.Today, top);

    /// <remarks>The server narrows as far as its filters mean the same whatever its clock says; the rest is looked at here.</remarks>
    public async IAsyncEnumerable<FoundToken> Find(TokenFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (filter.Owner is { } owner && await gitLab.UserNamed(token, owner, cancellation) is null)
            yield break;
        foreach (var ids in filter.Ids is { } given ? given.Distinct().Order().Chunk(ServerQuery.MostIds) : [[]])
        {
            await foreach (var page in client.List(ServerQuery.Of(filter, ids), cancellation))
            {
                foreach (var one in page.Select(one => one.Found()).Where(filter.Picks))
                    yield return one;
            }
        }
    }

    public async Task<FoundToken?> FindText(Secret text, CancellationToken cancellation) => (await client.LookUp(text, cancellation)).Token?.Found();

    public async Task<ExpiryAnalysis> Analyze(TokenFilter which, CancellationToken cancellation)
    {
        var counter = new ExpiryCounter();
        await foreach (var one in Find(which, cancellation))
            counter.Add(one.ExpiresAt);
        return new ExpiryAnalysis(null, counter.Biggest()) { TellsMigration = false };
    }

    public async Task<ChangePlan> Plan(TokenChange change, TokenFilter which, CancellationToken cancellation)
    {
        var plan = await IdPlan.Of(this, change, which, cancellation);
        if (plan.LeftOut > 0)
            target.Say($"Left out, since an Atlassian token's date cannot be changed: {plan.LeftOut}.");
        return plan;
    }

    public Task<ChangeOutcome> CarryOut(ChangePlan plan, UndoLog undo, Action<ChangeProgress> progress, CancellationToken cancellation) =>
        ServerChanges.CarryOut(client, (IdPlan)plan, undo, progress, cancellation);

    public Task<UndoOutcome> Undo(UndoFile file, bool dryRun, Action<ChangeProgress> progress, CancellationToken cancellation) =>
        ServerChanges.Undo(client, this, file, dryRun, target.Today, progress, cancellation);

    public Task<int> MaximumLifetime(CancellationToken cancellation) => Task.FromResult(LifetimePolicy.GitLabMaximumDays);

    public async Task<CheckedOrder> Check(TokenOrder order, CancellationToken cancellation)
    {
        var user = await gitLab.UserMeant(token, order.User, cancellation) ?? throw CliFailure.Usage($"There is no user '{order.User}'.");
        return order.Checked(user.Id, user.Username, user.State ?? "", target.Today);
    }

    public Task<NewToken> Create(CheckedOrder order, UndoLog undo, CancellationToken cancellation) => OneByOne.Create(ServerChanges.Kind, Name, order, undo, async () =>
    {
        var draft = order.Draft;
        var made = await client.Create(new NewServerToken($"{order.UserId}", draft.Name, draft.Scopes.Names, draft.ExpiresOn, order.Text?.Reveal()), cancellation);
        return new NewToken(made.Details.Found(), order.Text is null ? new Secret(made.Token) : null);
    });

    public async Task<NewToken> Rotate(long? id, DateOnly? expiresOn, UndoLog undo, CancellationToken cancellation)
    {
        var old = id ?? (await gitLab.Self(token, cancellation)).Id;
        FoundToken? before = null;
        await foreach (var one in Find(new TokenFilter { Ids = [old], Today = target.Today }, cancellation))
            before = one;
        if (before is null)
            throw CliFailure.Usage($"There is no token {old}.");
        return await OneByOne.Rotate(ServerChanges.Kind, Name, old, undo, async () =>
        {
            var made = await gitLab.Rotate(token, id, expiresOn, cancellation);
            return new NewToken(
                before with { Id = made.Id, ExpiresAt = made.ExpiresAt, CreatedAt = made.CreatedAt, LastUsedAt = null, Revoked = false },
                new Secret(made.Token ?? ""));
        });
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        gitLab.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<ExpiryCounter> Count(CancellationToken cancellation)
    {
        var counter = new ExpiryCounter();
        foreach (var day in await client.Histogram(cancellation))
            counter.Add(day.ExpiresAt, day.Count);
        return counter;
    }
}
