using System.Net;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.Atlassian;
using Patrol.Cli.Sources.Http;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Renewal;

/// <summary>
/// Jira and Confluence Data Center, for oneself: nobody makes tokens for others there. Their API does not tell which token signs in,
/// so the old one is found by its name, and only if a single one has it.
/// </summary>
internal sealed class AtlassianRenewalSource(AtlassianProduct product, string address, string variable, Secret? credential) : IRenewalSource
{
    private readonly AtlassianClient client = new(product, ApiAddress.Read(product.Option, address, "rest/pat/latest/tokens"));

    public string Name => client.Name;

    public Secret? Credential { get; set; } = credential;

    private Secret SignedIn => Credential ?? throw CliFailure.Usage($"No token for {Name}: set {variable}.");

    public async Task Reach(CancellationToken cancellation) => await client.Own(SignedIn, cancellation);

    public async Task<KnownToken?> Identify(Secret text, long? id, PlannedToken wanted, CancellationToken cancellation)
    {
        List<AtlassianToken> all;
        try
        {
            all = await client.Own(text, cancellation);
        }
        catch (ApiFault fault) when (fault.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            return null;
        }
        if (id is not null)
            return all.Find(token => token.Id == id) is { } found ? Known(found) : null;
        // Expired ones stay listed until they are pruned, and are not held by anybody whom the system lets in.
        var named = all.FindAll(token => token.Name is { } name && (name == wanted.TokenName || NewName.IsOf(wanted.TokenName, name)) && !(LastDay(token) < wanted.CountedFrom));
        return named.Count == 1 ? Known(named[0]) : throw new CliFailure(
            ExitCode.SomeRefused,
            $"{Name} has {named.Count} tokens called {wanted.TokenName}, so which of them is held cannot be told. Give the name of the one that is held as 'name', and revoke those that nobody needs.");
    }

    // Whose the tokens are is whoever signs in; the API has no other owner.
    public Task<TokenOwner> FindOwner(PlannedToken wanted, KnownToken? held, CancellationToken cancellation) =>
        Task.FromResult(new TokenOwner(0, wanted.Owner ?? "oneself"));

    public async Task<(long Id, Secret Text)> Issue(TokenOwner owner, string name, PlannedToken wanted, CancellationToken cancellation)
    {
        var days = wanted.ExpiresOn.DayNumber - wanted.CountedFrom.DayNumber;
        var made = await client.Create(SignedIn, name, days, cancellation);
        return made is { Id: { } id, RawToken: { } text } ? (id, new Secret(text))
            : throw new ApiFault($"{Name} made token {made.Id}, but did not show its text.", null, ExitCode.SomeRefused) { MayHaveHappened = true };
    }

    public async Task Use(Secret text, TokenOwner owner, PlannedToken wanted, CancellationToken cancellation) => await client.Own(text, cancellation);

    public async Task<IReadOnlyList<KnownToken>?> Living(TokenOwner owner, CancellationToken cancellation) => [.. (await client.Own(SignedIn, cancellation)).Select(Known)];

    public async Task Revoke(long id, CancellationToken cancellation)
    {
        try
        {
            await client.Revoke(SignedIn, id, cancellation);
        }
        catch (ApiFault fault) when (fault.Status == HttpStatusCode.NotFound)
        {
            // Somebody was faster.
        }
    }

    public void Dispose() => client.Dispose();

    private static KnownToken Known(AtlassianToken token) => new(token.Id ?? 0, 0, token.Name ?? "", [], LastDay(token));

    private static DateOnly? LastDay(AtlassianToken token) => token.EndsAt is { } end ? UtcDay.Of(end) : null;
}
