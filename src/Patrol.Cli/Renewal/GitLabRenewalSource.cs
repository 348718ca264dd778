using System.Net;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.GitLabApi;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>
/// GitLab from 15.5 on, or a Patrol server, as an administrator: calls that 15.11 has, too, Exastro's default. A non-administrator
/// cannot make tokens through the API.
/// </summary>
internal sealed class GitLabRenewalSource(string address, string variable, Secret? credential) : IRenewalSource
{
    private static readonly string[] ReadsUsers = ["api", "read_api", "read_user"];

    // A token whose making is not answered in time is looked for by its name, so that waiting longer gains nothing.
    private static readonly TimeSpan PatienceForAnswers = TimeSpan.FromSeconds(20);

    private readonly GitLabClient client = new(ApiAddress.Read("gitlab", address, "api/v4"), PatienceForAnswers);

    public string Name => client.Name;

    public Secret? Credential { get; set; } = credential;

    private Secret SignedIn => Credential ?? throw CliFailure.Usage($"No administrator's token for {Name}: set {variable}.");

    public async Task Reach(CancellationToken cancellation) => await client.Self(SignedIn, cancellation);

    public async Task<KnownToken?> Identify(Secret text, long? id, PlannedToken wanted, CancellationToken cancellation)
    {
        try
        {
            return Known(await client.Self(text, cancellation));
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.Unauthorized)
        {
            return null;
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.Forbidden)
        {
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} knows the token but does not let its owner in: {fault.Words}. Unblock the owner first.", fault);
        }
    }

    public async Task<TokenOwner> FindOwner(PlannedToken wanted, KnownToken? held, CancellationToken cancellation)
    {
        if (wanted.Owner is { } name)
        {
            // Without a name GitLab would list everybody.
            if (name.Trim().Length == 0)
                throw new CliFailure(ExitCode.SomeRefused, $"{wanted.Name}: the owner's name is empty.");
            return Usable(await client.UserNamed(SignedIn, name, cancellation) ?? throw new CliFailure(ExitCode.SomeRefused, $"{Name} has no user {name}."));
        }
        if (held is not null && await client.User(SignedIn, held.OwnerId, cancellation) is { } owner)
            return Usable(owner);
        return Usable(await client.CurrentUser(SignedIn, cancellation));
    }

    public async Task<(long Id, Secret Text)> Issue(TokenOwner owner, string name, PlannedToken wanted, CancellationToken cancellation)
    {
        try
        {
            var made = await client.Create(SignedIn, owner.Id, new NewGitLabToken(name, wanted.Scopes, wanted.ExpiresOn), cancellation);
            return (made.Id, new Secret(made.Token ?? throw new ApiFault($"{Name} made token {made.Id}, but did not show its text.", null, ExitCode.SomeRefused) { MayHaveHappened = true }));
        }
        catch (ApiFault fault) when (fault.Status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity)
        {
            throw new CliFailure(
                ExitCode.SomeRefused, $"{Name} refuses a token for {owner.Name} until {wanted.ExpiresOn:yyyy-MM-dd} with the scopes {string.Join(", ", wanted.Scopes)}: {fault.Words}. If the date is beyond the limit, give a shorter --lifetime.", fault);
        }
    }

    public async Task Use(Secret text, TokenOwner owner, PlannedToken wanted, CancellationToken cancellation)
    {
        if (!wanted.Scopes.Intersect(ReadsUsers).Any())
            return;
        GitLabUser user;
        try
        {
            user = await client.CurrentUser(text, cancellation);
        }
        catch (ApiFault fault) when (fault.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} does not let the stored token in: {fault.Words}.", fault);
        }
        if (user.Id != owner.Id || !string.Equals(user.Username, owner.Name, StringComparison.OrdinalIgnoreCase))
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} lets the token in as {user.Username}, not as {owner.Name}.");
    }

    public async Task<IReadOnlyList<KnownToken>?> Living(TokenOwner owner, CancellationToken cancellation)
    {
        var living = new List<KnownToken>();
        try
        {
            await foreach (var page in client.List(SignedIn, [$"user_id={owner.Id}", "state=active"], cancellation))
                living.AddRange(page.Where(token => token.Revoked != true && token.UserId == owner.Id).Select(Known));
        }
        catch (ApiFault fault) when (fault.Status is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
        {
            return null;
        }
        return living;
    }

    public async Task Revoke(long id, CancellationToken cancellation)
    {
        try
        {
            await client.Revoke(SignedIn, id, cancellation);
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.BadRequest && fault.Words.Contains("already", StringComparison.OrdinalIgnoreCase))
        {
            // Somebody was faster.
        }
    }

    public void Dispose() => client.Dispose();

    private TokenOwner Usable(GitLabUser user) => user.State is null or "active" ? new TokenOwner(user.Id, user.Username) { IsAdministrator = user.IsAdmin }
        : throw new CliFailure(ExitCode.SomeRefused, $"{Name}: {user.Username} is {user.State}, so that no token of theirs works.");

    private static KnownToken Known(GitLabToken token) => new(token.Id, token.UserId, token.Name ?? "", token.Scopes ?? [], token.ExpiresAt) { LastUsedAt = token.LastUsedAt };
}
