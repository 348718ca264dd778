namespace Patrol.Server.Wire.GitLab;

/// <summary>Which GitLab this server answers as.</summary>
internal sealed class MetadataApi
{
    /// <summary>The GitLab version whose token API is spoken.</summary>
    private const string Version = "19.1.0";

    // Clients take it for the commit of a build.
    private const string Revision = "patrol";

    public void Map(GitLabRoutes routes)
    {
        routes.Get("/version", _ => Task.FromResult(Answer.Ok(new VersionJson(Version, Revision), GitLabJson.Default.VersionJson)), GitLabAccess.Users);
        routes.Get("/metadata", _ => Task.FromResult(Answer.Ok(
            new MetadataJson(Version, Revision, new KasJson(false, null, null, null), Enterprise: false), GitLabJson.Default.MetadataJson)), GitLabAccess.Users);
    }
}

internal sealed record VersionJson(string Version, string Revision);

internal sealed record MetadataJson(string Version, string Revision, KasJson Kas, bool Enterprise);

internal sealed record KasJson(bool Enabled, string? ExternalUrl, string? ExternalK8sProxyUrl, string? Version);
