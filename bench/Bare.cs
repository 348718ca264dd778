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
        app.MapGet("/204", (RequestDelegate)(http =>
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }));
        app.MapGet("/bare", (RequestDelegate)(http => http.Response.WriteAsync("ok")));
        await app.RunAsync();
    }
}
