using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.GitLab;

public sealed class MetadataTests
{
    [Fact]
    public async Task The_server_says_which_GitLab_it_speaks_like_to_whoever_has_a_token()
    {
        await using var app = await PatrolApp.Start();
        var (status, body) = await app.Client().Get("version");
        Assert.Equal(200, status);
        Assert.Equal("19.1.0", body.GetProperty("version").GetString());
        Assert.Equal(401, (await app.Client(token: null).Get("version")).Status);
    }
}
