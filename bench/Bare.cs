namespace Patrol.Bench;

/// <summary>The least that Kestrel can do: the yardstick.</summary>
internal static class Bare
{
    public static async Task Run(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        var app = builder.Build();
        app.MapGet("/bare", (RequestDelegate)(http => http.Response.WriteAsync("ok")));
        await app.RunAsync();
    }
}
