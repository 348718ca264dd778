using System.Net;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.GitLabApi;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>
/// The tokens of one project or group, through the calls that maintainers have; no administrator is needed. Each token there has a
/// bot of its own, so that the owner that old and new tokens share is the project or group itself.
/// </summary>
internal sealed class GitLabResourceSource(PlannedSource planned, Secret? credential) : IRenewalSource
{
    // A token whose making is not answered in time is looked for by its name, so that waiting longer gains nothing.
    private static readonly TimeSpan PatienceForAnswers = TimeSpan.FromSeconds(20);

    private readonly GitLabClient client = new(ApiAddress.Read("gitlab", planned.Address, "api/v4"), PatienceForAnswers);
    private readonly PlannedPlace place = planned.Place!;
    private long? placeId;

    public string Name => client.Name;

    public Secret? Credential { get; set; } = credential;

    private Secret SignedIn => Credential ?? throw CliFailure.Usage($"No token for {Name}: set {planned.Variable}.");

    public async Task Reach(CancellationToken cancellation) => await client.Self(SignedIn, cancellation);

    public async Task<KnownToken?> Identify(Secret text, long? id, PlannedToken wanted, CancellationToken cancellation)
    {
        GitLabToken self;
        try
        {
            self = await client.Self(text, cancellation);
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.Unauthorized)
        {
            return null;
        }
        var living = await Living(await Owner(cancellation), cancellation);
        return living.FirstOrDefault(one => one.Id == self.Id) ?? throw new CliFailure(
            ExitCode.SomeRefused, $"Token {self.Id} that is held is none of {place}. Put one of its own there first, so that no other token is revoked.");
    }

    public async Task<TokenOwner> FindOwner(PlannedToken wanted, KnownToken? held, CancellationToken cancellation) => await Owner(cancellation);

    public async Task<(long Id, Secret Text)> Issue(TokenOwner owner, string name, PlannedToken wanted, CancellationToken cancellation)
    {
        try
        {
            var made = await client.Create(SignedIn, place.IsGroup, owner.Id, new NewGitLabResourceToken(name, wanted.Scopes, wanted.ExpiresOn, place.AccessLevel), cancellation);
            return (made.Id, new Secret(made.Token ?? throw new ApiFault($"{Name} made token {made.Id}, but did not show its text.", null, ExitCode.SomeRefused) { MayHaveHappened = true }));
        }
        catch (ApiFault fault) when (fault.Status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity)
        {
            throw new CliFailure(
                ExitCode.SomeRefused, $"{Name} refuses a token for {place} until {wanted.ExpiresOn:yyyy-MM-dd} with the scopes {string.Join(", ", wanted.Scopes)}: {fault.Words}. If the date is beyond the limit, give a shorter lifetime.", fault);
        }
    }

    public async Task Use(Secret text, TokenOwner owner, PlannedToken wanted, CancellationToken cancellation)
    {
        try
        {
            await client.Self(text, cancellation);
        }
        catch (ApiFault fault) when (fault.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new CliFailure(ExitCode.SomeRefused, $"{Name} does not let the stored token in: {fault.Words}.", fault);
        }
    }

    async Task<IReadOnlyList<KnownToken>?> IRenewalSource.Living(TokenOwner owner, CancellationToken cancellation) => await Living(owner, cancellation);

    public async Task Revoke(long id, CancellationToken cancellation) => await client.Revoke(SignedIn, place.IsGroup, (await Owner(cancellation)).Id, id, cancellation);

    public void Dispose() => client.Dispose();

    private async Task<List<KnownToken>> Living(TokenOwner owner, CancellationToken cancellation)
    {
        var living = new List<KnownToken>();
        await foreach (var page in client.OfResource(SignedIn, place.IsGroup, owner.Id, cancellation))
            living.AddRange(page.Where(one => one.Revoked != true).Select(one => new KnownToken(one.Id, owner.Id, one.Name ?? "", one.Scopes ?? [], one.ExpiresAt) { LastUsedAt = one.LastUsedAt }));
        return living;
    }

    private async Task<TokenOwner> Owner(CancellationToken cancellation)
    {
        placeId ??= await client.IdOf(SignedIn, place.IsGroup, place.Path, cancellation)
            ?? throw new CliFailure(ExitCode.SomeRefused, $"{Name} has no {place}, or does not show it to the token in {planned.Variable}.");
        return new TokenOwner(placeId.Value, $"{place}");
    }
}
