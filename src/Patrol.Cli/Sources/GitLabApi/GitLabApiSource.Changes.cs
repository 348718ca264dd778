using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.GitLabApi;

/// <summary>What the API can change: making, rotating and revoking tokens.</summary>
internal sealed partial class GitLabApiSource
{
    private const string Kind = "gitlab";

    public async Task<ChangePlan> Plan(TokenChange change, TokenFilter which, CancellationToken cancellation)
    {
        if (change is not TokenChange.Revoke)
            throw CliFailure.Usage(WhyNot(Ability.ChangeExpiry)!);
        return await IdPlan.Of(this, change, which, cancellation);
    }

    // A token revokes itself with any scope.
    public Task<ChangeOutcome> CarryOut(ChangePlan plan, UndoLog undo, Action<ChangeProgress> progress, CancellationToken cancellation) => OneByOne.Revoke(
        (IdPlan)plan, Kind, Name, undo, Revoke, progress, cancellation);

    public async Task<UndoOutcome> Undo(UndoFile file, bool dryRun, Action<ChangeProgress> progress, CancellationToken cancellation)
    {
        // No file of this system holds dates.
        _ = UndoLines.Read(file, Kind, Name);
        return await OneByOne.UndoCreation(this, file, dryRun, target.Today, Revoke, cancellation);
    }

    public Task<int> MaximumLifetime(CancellationToken cancellation) => Task.FromResult(LifetimePolicy.GitLabMaximumDays);

    public async Task<CheckedOrder> Check(TokenOrder order, CancellationToken cancellation)
    {
        if (order.Text is not null)
            throw CliFailure.Usage("GitLab's API cannot give a token a text of your own: use --gitlab-db with --gitlab-secrets.");
        var signedInUser = await SignedIn(cancellation);
        var user = await client.UserMeant(Token, order.User, cancellation) ?? throw CliFailure.Usage($"There is no user '{order.User}'.");
        if (!signedInUser.IsAdmin)
            throw new CliFailure(ExitCode.NotAllowed, $"Only administrators make tokens through GitLab's API: the token belongs to {signedInUser.Username}. Rotating one's own with `patrol rotate --self` needs none.");
        return order.Checked(user.Id, user.Username, user.State ?? "", target.Today);
    }

    public async Task<NewToken> Create(CheckedOrder order, UndoLog undo, CancellationToken cancellation)
    {
        await SignedIn(cancellation);
        return await OneByOne.Create(Kind, Name, order, undo, async () =>
        {
            var draft = order.Draft;
            var made = await client.Create(Token, order.UserId, new NewGitLabToken(draft.Name, draft.Scopes.Names, draft.ExpiresOn), cancellation);
            return Shown(made, Bare(made) with { Owner = order.Owner });
        });
    }

    public async Task<NewToken> Rotate(long? id, DateOnly? expiresOn, UndoLog undo, CancellationToken cancellation)
    {
        // Whose it is must be asked before: afterwards the token that asks may be dead.
        await SignedIn(cancellation);
        var old = id is null || id == self!.Id ? self! : await client.Token(Token, id.Value, cancellation) ?? throw CliFailure.Usage($"There is no token {id}.");
        var before = (await owners!.Resolve([old], cancellation)).Single();
        return await OneByOne.Rotate(Kind, Name, old.Id, undo, async () =>
        {
            var made = await client.Rotate(Token, old == self ? null : id, expiresOn, cancellation);
            return Shown(made, Bare(made) with { Owner = before.Owner, Email = before.Email, Resource = before.Resource, Sort = before.Sort, OwnerState = before.OwnerState });
        });
    }

    private Task Revoke(long id) => client.Revoke(Token, id == self?.Id ? null : id, CancellationToken.None);

    private NewToken Shown(GitLabToken made, FoundToken found) =>
        new(found, new Secret(made.Token ?? throw new ApiFault($"{Name} made token {made.Id}, but did not show its text.", null, ExitCode.SomeRefused)));
}
