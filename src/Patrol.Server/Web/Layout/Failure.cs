namespace Patrol.Server.Web.Layout;

/// <summary>What went wrong: the status and an English sentence.</summary>
public sealed record Failure(int Status, string Message);
